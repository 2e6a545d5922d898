/** Who may start a run: anybody who reaches the port, or the bearer of a token. */
export type CallerSettings = NoAuth | TokenSettings;

export interface NoAuth {
  readonly auth: 'off';
  /** Was it said, and not just left unset? */
  readonly isExplicit: boolean;
}

export interface TokenSettings {
  readonly auth: 'token';
  /** Whose tokens count: the `iss` claim, to the letter, and the URL below which the issuer describes itself. */
  readonly issuer: string;
  /** What a token must have been made for: the `aud` claim. */
  readonly audience: string;
  /** Who may call: `sub` claims, or the beginnings of such, marked by a `*` at the end. Never empty. */
  readonly subjects: readonly string[];
  /** Where the issuer's keys are; undefined: where its discovery document says. */
  readonly keysUrl: URL | undefined;
  /** Path of a PEM file with the authorities to trust when the issuer is asked. */
  readonly caFile: string | undefined;
  /** Path of a file with the token to show to the issuer; a Kubernetes API server wants one. */
  readonly tokenFile: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;
type Report = (name: string, expected: string, got: unknown) => void;

/** The variables that are read here. */
export const CALLER_VARIABLES = [
  'CALLER_AUTH',
  'CALLER_ISSUER',
  'CALLER_AUDIENCE',
  'CALLER_SUBJECTS',
  'CALLER_JWKS_URI',
  'CALLER_CA_FILE',
  'CALLER_TOKEN_FILE',
] as const;

type Variable = (typeof CALLER_VARIABLES)[number];

/**
 * Reads the `CALLER_*` variables. On a cluster (Knative sets K_SERVICE, Kubernetes KUBERNETES_SERVICE_HOST), and when
 * any other of them is set, CALLER_AUTH must be given: a setting that was forgotten never lets everybody in.
 */
export function readCallerSettings(env: Env, problem: Report): CallerSettings {
  const text = (name: string): string | undefined => env[name]?.trim() || undefined;
  const given = text('CALLER_AUTH');
  if (given === 'off') return { auth: 'off', isExplicit: true };
  if (given === undefined) {
    const reason = ['K_SERVICE', 'KUBERNETES_SERVICE_HOST', ...CALLER_VARIABLES].find((name) => text(name));
    if (reason !== undefined) problem('CALLER_AUTH', `"token" or "off", because ${reason} is set`, undefined);
    return { auth: 'off', isExplicit: false };
  }
  if (given !== 'token') problem('CALLER_AUTH', 'one of off, token', given);
  const need = (name: Variable, expected: string): string => {
    const value = text(name);
    if (value === undefined) problem(name, expected, undefined);
    return value ?? '';
  };
  const issuer = need('CALLER_ISSUER', ISSUER_FORM);
  if (issuer !== '' && !isTrustworthy(URL.parse(issuer))) problem('CALLER_ISSUER', ISSUER_FORM, issuer);
  const keysUri = text('CALLER_JWKS_URI');
  const keysUrl = keysUri === undefined ? undefined : (URL.parse(keysUri) ?? undefined);
  if (keysUri !== undefined && !isTrustworthy(keysUrl)) problem('CALLER_JWKS_URI', ISSUER_FORM, keysUri);
  return {
    auth: 'token',
    issuer,
    audience: need('CALLER_AUDIENCE', 'what the tokens are made for, such as bi-cron'),
    subjects: readSubjects(need('CALLER_SUBJECTS', SUBJECTS_FORM), problem),
    keysUrl,
    caFile: text('CALLER_CA_FILE'),
    tokenFile: text('CALLER_TOKEN_FILE'),
  };
}

const ISSUER_FORM = 'an https:// URL without user, query and fragment';
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** May keys be taken from there? Without TLS only within this machine. */
export function isTrustworthy(url: URL | null | undefined): boolean {
  if (url === null || url === undefined || url.username + url.password + url.search + url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
}

const SUBJECTS_FORM = 'subjects such as system:serviceaccount:bi-cron:*, where a * may only follow a : or /';

/** A bare `*` would let in every workload of the cluster: Kubernetes gives each of them a token for any audience. */
function readSubjects(given: string, problem: Report): string[] {
  const subjects = given
    .split(',')
    .map((subject) => subject.trim())
    .filter((subject) => subject !== '');
  const wrong = subjects.find((subject) => !/^(?:[^*]+|[^*]*[:/]\*)$/.test(subject));
  if (wrong !== undefined || (given !== '' && subjects.length === 0)) {
    problem('CALLER_SUBJECTS', SUBJECTS_FORM, wrong ?? given);
  }
  return subjects;
}
