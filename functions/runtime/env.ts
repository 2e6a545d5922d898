import { CALLER_SETTINGS, readCallers, type CallerSettings } from './auth/caller-settings.ts';
import { oneOf, readBudget, readDocuments, readName, readPort, readServers, type DocumentRef } from './env-values.ts';
import { Description, quoteValue } from './run-error.ts';
import type { ReadSetting, Setting } from './setting.ts';

/** Where Nacos is and which documents to read; all that the environment decides. */
export interface Bootstrap {
  readonly deployEnv: string;
  readonly nacos: NacosSettings;
  readonly callers: CallerSettings;
  /** Ordered; a later document overrides an earlier one. */
  readonly documents: readonly DocumentRef[];
  /** A mounted directory to read when Nacos cannot be reached. */
  readonly fallbackDir: string | undefined;
  /** What one run may take, from the event's arrival to its answer. */
  readonly budgetMs: number;
  readonly port: number;
  readonly logLevel: string;
  /** The image's version, for log lines. */
  readonly version: string | undefined;
}

export interface NacosSettings {
  /** Base URLs, such as `http://nacos:8848` or `https://gateway/tc-nacos`, in the order given. */
  readonly servers: readonly URL[];
  /** The namespace's ID; empty for the public one. */
  readonly namespace: string;
  readonly group: string;
  readonly api: 'auto' | 'v1' | 'v3';
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  /** Path of a PEM file with the authorities to trust. */
  readonly caFile: string | undefined;
}

const asText = (text: string): string => text;

/** Every variable that is read, with its default. docs/configuration.md has the same table. */
export const SETTINGS = {
  deployEnv: { name: 'DEPLOY_ENV', isRequired: true, parse: oneOf('dev', 'test', 'staging', 'prod') },
  servers: { name: 'NACOS_SERVER_ADDR', isRequired: true, parse: readServers },
  namespace: { name: 'NACOS_NAMESPACE', parse: readName('namespace') },
  group: { name: 'NACOS_GROUP', fallback: 'DEFAULT_GROUP', parse: readName('group') },
  documents: { name: 'NACOS_DATA_IDS', fallback: 'bi-cron.yaml,bi-cron-<DEPLOY_ENV>.yaml?', parse: readDocuments },
  username: { name: 'NACOS_USERNAME', parse: asText },
  password: { name: 'NACOS_PASSWORD', isSecret: true, parse: asText },
  caFile: { name: 'NACOS_CA_FILE', parse: asText },
  api: { name: 'NACOS_API', fallback: 'auto', parse: oneOf('auto', 'v1', 'v3') },
  fallbackDir: { name: 'NACOS_FALLBACK_DIR', parse: asText },
  ...CALLER_SETTINGS,
  budgetMs: { name: 'RUN_BUDGET', fallback: '100s', parse: readBudget },
  port: { name: 'PORT', fallback: '8080', parse: readPort },
  logLevel: {
    name: 'LOG_LEVEL',
    fallback: 'info',
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  },
  version: { name: 'BI_CRON_VERSION', parse: asText },
} as const satisfies Record<string, Setting<unknown>>;

type Env = Readonly<Record<string, string | undefined>>;

/** Reads the environment once. Throws one Error that lists every problem, a line each; values of secrets are not shown. */
export function readBootstrap(env: Env): Bootstrap {
  const problems: string[] = [];
  const report = (name: string, expected: string, got: unknown): void => {
    problems.push(`${name}: expected ${expected}, got ${quoteValue(got)}`);
  };
  /** An empty variable counts as unset, as it does in a ConfigMap that was left blank. */
  const textOf = (name: string): string | undefined => env[name]?.trim() || undefined;
  const read: ReadSetting = ({ name, fallback, isRequired = false, parse }) => {
    const text = textOf(name) ?? fallback?.replace('<DEPLOY_ENV>', textOf('DEPLOY_ENV') ?? '');
    if (text === undefined && !isRequired) return undefined;
    return parse(text ?? '', {
      textOf,
      report: (expected, got) => report(name, expected, got === '' ? undefined : got),
    });
  };

  reportUnknownNames(env, report);
  const deployEnv = read(SETTINGS.deployEnv) ?? '';
  const servers = read(SETTINGS.servers) ?? [];
  const documents = read(SETTINGS.documents) ?? [];
  const budgetMs = read(SETTINGS.budgetMs) ?? 0;
  const port = read(SETTINGS.port) ?? 0;
  const [username, password] = [read(SETTINGS.username), read(SETTINGS.password)];
  if ((username === undefined) !== (password === undefined)) {
    const missing = username === undefined ? SETTINGS.username : SETTINGS.password;
    report(missing.name, 'both of NACOS_USERNAME and NACOS_PASSWORD or neither', undefined);
  }
  const nacos: NacosSettings = {
    servers,
    namespace: read(SETTINGS.namespace) ?? '',
    group: read(SETTINGS.group) ?? '',
    api: read(SETTINGS.api) ?? 'auto',
    credentials: username !== undefined && password !== undefined ? { username, password } : undefined,
    caFile: read(SETTINGS.caFile),
  };
  const callers = readCallers(read, textOf, report);
  const fallbackDir = read(SETTINGS.fallbackDir);
  const logLevel = read(SETTINGS.logLevel) ?? 'info';
  const version = read(SETTINGS.version);
  if (problems.length > 0) throw new Error(`environment: ${problems.length} problem(s)\n  ${problems.join('\n  ')}`);
  return { deployEnv, nacos, callers, documents, fallbackDir, budgetMs, port, logLevel, version };
}

const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT|PORT)(?:_|$)/; // what Kubernetes adds for a Service named nacos
const PREFIXES = ['NACOS_', 'BI_CRON_', 'CALLER_']; // a misspelt name must not count as a variable that is not set

function reportUnknownNames(env: Env, report: (name: string, expected: string, got: unknown) => void): void {
  const names: string[] = Object.values(SETTINGS).map(({ name }) => name);
  for (const name of Object.keys(env)) {
    const prefix = PREFIXES.find((beginning) => name.startsWith(beginning));
    if (prefix === undefined || names.includes(name) || SERVICE_LINK.test(name)) continue;
    const own = names.filter((known) => known.startsWith(prefix));
    const offered = own.length > 0 ? own : names.filter((known) => known.startsWith('NACOS_'));
    report(name, `one of ${offered.join(', ')}`, new Description('an unknown name'));
  }
}
