import { CALLER_VARIABLES, readCallerSettings, type CallerSettings } from './auth/caller-settings.ts';
import { DURATION_FORM, parseDuration } from './duration.ts';
import { quoteValue, Description } from './run-error.ts';

/** Where Nacos is and which documents to read; all that the environment decides. */
export interface Bootstrap {
  readonly deployEnv: string;
  readonly nacos: NacosSettings;
  readonly callers: CallerSettings;
  /** Ordered; a later document overrides an earlier one. */
  readonly documents: readonly DocumentRef[];
  /** A mounted directory that stands in when Nacos cannot be reached. */
  readonly fallbackDir: string | undefined;
  /** What one run may take, from the event's arrival to its answer. */
  readonly budgetMs: number;
  readonly port: number;
  readonly logLevel: string;
}

export interface DocumentRef {
  readonly dataId: string;
  readonly optional: boolean;
}

export interface NacosSettings {
  /** Base URLs, such as `http://nacos:8848`, in the order given. */
  readonly servers: readonly URL[];
  /** The namespace's ID; empty for the public one. */
  readonly namespace: string;
  readonly group: string;
  readonly api: 'auto' | 'v1' | 'v3';
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  /** Path of a PEM file with the authorities to trust. */
  readonly caFile: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

const DEPLOY_ENVS = ['dev', 'test', 'staging', 'prod'];
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const NAME = /^[\w.:-]+$/; // Nacos ParamUtils.isValid
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT|PORT)(?:_|$)/; // what Kubernetes adds for a Service named nacos
const NACOS_VARIABLES = [
  'NACOS_SERVER_ADDR',
  'NACOS_NAMESPACE',
  'NACOS_GROUP',
  'NACOS_DATA_IDS',
  'NACOS_USERNAME',
  'NACOS_PASSWORD',
  'NACOS_CA_FILE',
  'NACOS_API',
  'NACOS_FALLBACK_DIR',
];
/** Beginnings that are ours, with all the names that exist: a misspelt one must not be taken for one that is not set. */
const OURS: Record<string, readonly string[]> = {
  NACOS_: NACOS_VARIABLES,
  BI_CRON_: NACOS_VARIABLES,
  CALLER_: CALLER_VARIABLES,
};

/** Reads the environment once. Throws one Error that lists every problem, a line each; values of secrets are not shown. */
export function readBootstrap(env: Env): Bootstrap {
  const problems: string[] = [];
  const problem = (name: string, expected: string, got: unknown): void => {
    problems.push(`${name}: expected ${expected}, got ${quoteValue(got)}`);
  };
  /** A variable's text; an empty one counts as unset, as it does in a ConfigMap that was left blank. */
  const text = (name: string): string | undefined => env[name]?.trim() || undefined;
  const oneOf = <Value extends string>(name: string, values: readonly Value[], fallback?: Value): Value | undefined => {
    const given = text(name) ?? fallback;
    const found = values.find((value) => value === given);
    if (found === undefined) problem(name, `one of ${values.join(', ')}`, given);
    return found;
  };
  const named = (name: string, fallback: string): string => {
    const given = text(name) ?? fallback;
    if (given !== '' && !NAME.test(given)) problem(name, 'letters, digits and . _ : - only', given);
    return given;
  };

  for (const name of Object.keys(env)) {
    const known = Object.entries(OURS).find(([prefix]) => name.startsWith(prefix))?.[1];
    if (known !== undefined && !known.includes(name) && !SERVICE_LINK.test(name))
      problem(name, `one of ${known.join(', ')}`, new Description('an unknown name'));
  }
  const deployEnv = oneOf('DEPLOY_ENV', DEPLOY_ENVS);
  const servers = readServers(text('NACOS_SERVER_ADDR'), problem);
  const documents = readDocuments(text('NACOS_DATA_IDS') ?? `bi-cron.yaml,bi-cron-${deployEnv}.yaml?`, problem);
  const budgetMs = readBudget(text('RUN_BUDGET') ?? '100s', text('K_SERVICE') !== undefined, problem);
  const port = Number(text('PORT') ?? '8080');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) problem('PORT', '0 to 65535', env['PORT']);
  const [username, password] = [text('NACOS_USERNAME'), text('NACOS_PASSWORD')];
  if ((username === undefined) !== (password === undefined)) {
    problem(
      username === undefined ? 'NACOS_USERNAME' : 'NACOS_PASSWORD',
      'both of NACOS_USERNAME and NACOS_PASSWORD or neither',
      undefined,
    );
  }
  const nacos: NacosSettings = {
    servers,
    namespace: named('NACOS_NAMESPACE', ''),
    group: named('NACOS_GROUP', 'DEFAULT_GROUP'),
    api: oneOf('NACOS_API', ['auto', 'v1', 'v3'], 'auto') ?? 'auto',
    credentials: username !== undefined && password !== undefined ? { username, password } : undefined,
    caFile: text('NACOS_CA_FILE'),
  };
  const callers = readCallerSettings(env, problem);
  const logLevel = oneOf('LOG_LEVEL', LOG_LEVELS, 'info') ?? 'info';
  if (problems.length > 0) throw new Error(`environment: ${problems.length} problem(s)\n  ${problems.join('\n  ')}`);
  return {
    deployEnv: deployEnv ?? '',
    nacos,
    callers,
    documents,
    fallbackDir: text('NACOS_FALLBACK_DIR'),
    budgetMs,
    port,
    logLevel,
  };
}

type Report = (name: string, expected: string, got: unknown) => void;

function readServers(given: string | undefined, problem: Report): URL[] {
  const expected = 'host:port[,host:port…], https:// allowed';
  const addresses = (given ?? '')
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  if (addresses.length === 0) problem('NACOS_SERVER_ADDR', expected, given);
  return addresses.flatMap((address) => {
    const url = URL.parse(/^https?:\/\//.test(address) ? address : `http://${address}`);
    const isBare = url?.pathname === '/' && url.search + url.hash === '' && !address.includes('@');
    if (url === null || !isBare) {
      const isShown = url === null && !address.includes('@'); // a password may stand before an @
      problem(
        'NACOS_SERVER_ADDR',
        expected,
        isShown ? address : new Description('an address with a path, a query or a user'),
      );
      return [];
    }
    if (!/:\d+\/?$/.test(address)) url.port = '8848';
    return [url];
  });
}

function readDocuments(given: string, problem: Report): DocumentRef[] {
  const documents = given
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => ({
      dataId: part.replace(/\?$/, ''),
      optional: part.endsWith('?'),
    }));
  if (documents.length === 0) problem('NACOS_DATA_IDS', 'data IDs such as bi-cron.yaml,bi-cron-dev.yaml?', given);
  const seen = new Set<string>();
  for (const { dataId } of documents) {
    if (!NAME.test(dataId)) problem('NACOS_DATA_IDS', 'letters, digits and . _ : - only', dataId);
    else if (!/\.(?:ya?ml|json)$/.test(dataId))
      problem('NACOS_DATA_IDS', 'names ending in .yaml, .yml or .json', dataId);
    else if (dataId.startsWith('cipher-'))
      problem('NACOS_DATA_IDS', 'documents that are not encrypted (cipher-)', dataId);
    else if (seen.has(dataId)) problem('NACOS_DATA_IDS', 'each document once', dataId);
    seen.add(dataId);
  }
  return documents;
}

function readBudget(given: string, isService: boolean, problem: Report): number {
  const budgetMs = parseDuration(given) ?? 0;
  const range = isService ? '1s to 580s (Knative allows 600s, a cold start takes up to 20s of it)' : '1s to 24h'; // a Job, or a process of its own
  if (budgetMs < 1000 || budgetMs > (isService ? 580_000 : 86_400_000)) {
    problem('RUN_BUDGET', `${DURATION_FORM}, from ${range}`, given);
  }
  return budgetMs;
}
