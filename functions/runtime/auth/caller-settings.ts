import { oneOf, splitList } from '../env-values.ts';
import type { JSONWebKeySet } from 'jose';
import { isObject } from '../object.ts';
import { Description } from '../run-error.ts';
import type { ReadSetting, Setting, SettingContext } from '../setting.ts';

/** Who may start a run: every caller of the port, or the bearer of a token. */
export type CallerSettings = NoAuth | TokenSettings;

export interface NoAuth {
  readonly auth: 'off';
  /** Was CALLER_AUTH set, and not left out? */
  readonly isExplicit: boolean;
}

export interface TokenSettings {
  readonly auth: 'token';
  /** The `iss` claim that tokens must have, compared exactly, and the URL below which the issuer describes itself. */
  readonly issuer: string;
  /** What a token must have been made for: the `aud` claim. */
  readonly audience: string;
  /** Who may call: `sub` claims, or the beginnings of such, marked by a `*` at the end. Never empty. */
  readonly subjects: readonly string[];
  /** The issuer's keys themselves: no request is made for them. */
  readonly keys: JSONWebKeySet | undefined;
  /** Where the issuer's keys are; undefined: where its discovery document says. */
  readonly keysUrl: URL | undefined;
  /** The authorities to trust when the issuer is asked, as PEM text. */
  readonly ca: string | undefined;
  /** Path of a PEM file with them. */
  readonly caFile: string | undefined;
  /** Path of a file with the token to show to the issuer; a Kubernetes API server wants one. */
  readonly tokenFile: string | undefined;
}

/** The variables that are read here; all but the first count only with tokens. */
export const CALLER_SETTINGS = {
  callerAuth: { name: 'CALLER_AUTH', parse: oneOf('off', 'token') },
  callerIssuer: { name: 'CALLER_ISSUER', isRequired: true, parse: readIssuer },
  callerAudience: { name: 'CALLER_AUDIENCE', isRequired: true, parse: readAudience },
  callerSubjects: { name: 'CALLER_SUBJECTS', isRequired: true, parse: readSubjects },
  callerKeys: { name: 'CALLER_JWKS', parse: readKeys },
  callerKeysUrl: { name: 'CALLER_JWKS_URI', parse: readKeysUrl },
  callerCa: { name: 'CALLER_CA', parse: readAuthorities },
  callerCaFile: { name: 'CALLER_CA_FILE', parse: (text) => text },
  callerTokenFile: { name: 'CALLER_TOKEN_FILE', parse: (text) => text },
} as const satisfies Record<string, Setting<unknown>>;

/**
 * Reads who may call. On a cluster (Knative sets K_SERVICE, Kubernetes KUBERNETES_SERVICE_HOST), and when any other of
 * the `CALLER_*` variables is set, CALLER_AUTH must be given: no default turns the check off.
 */
export function readCallers(
  read: ReadSetting,
  textOf: SettingContext['textOf'],
  report: (name: string, expected: string, got: unknown) => void,
): CallerSettings {
  const own: string[] = Object.values(CALLER_SETTINGS).map(({ name }) => name);
  const { name } = CALLER_SETTINGS.callerAuth;
  if (textOf(name) === undefined) {
    const reason = ['K_SERVICE', 'KUBERNETES_SERVICE_HOST', ...own].find((other) => textOf(other));
    if (reason !== undefined) report(name, `"token" or "off", because ${reason} is set`, undefined);
    return { auth: 'off', isExplicit: false };
  }
  if (read(CALLER_SETTINGS.callerAuth) === 'off') return { auth: 'off', isExplicit: true };
  return {
    auth: 'token',
    issuer: read(CALLER_SETTINGS.callerIssuer) ?? '',
    audience: read(CALLER_SETTINGS.callerAudience) ?? '',
    subjects: read(CALLER_SETTINGS.callerSubjects) ?? [],
    keys: read(CALLER_SETTINGS.callerKeys),
    keysUrl: read(CALLER_SETTINGS.callerKeysUrl),
    ca: read(CALLER_SETTINGS.callerCa),
    caFile: read(CALLER_SETTINGS.callerCaFile),
    tokenFile: read(CALLER_SETTINGS.callerTokenFile),
  };
}

const ISSUER_FORM = 'an https:// URL without user, query and fragment';

function readIssuer(text: string, { report }: SettingContext): string {
  if (!isTrustworthy(URL.parse(text))) report(ISSUER_FORM, text);
  return text;
}

function readKeysUrl(text: string, { report }: SettingContext): URL | undefined {
  const url = URL.parse(text) ?? undefined;
  if (!isTrustworthy(url)) report(ISSUER_FORM, text);
  return url;
}

const KEYS_FORM = 'a JSON Web Key Set of public keys, such as `kubectl get --raw /openid/v1/jwks` prints';
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']; // RFC 7518, section 6

function readKeys(text: string, { report, textOf }: SettingContext): JSONWebKeySet | undefined {
  if (textOf('CALLER_JWKS_URI') !== undefined) report('no CALLER_JWKS_URI beside it', new Description('both'));
  const keys = parseKeys(text);
  if (keys === undefined) report(KEYS_FORM, new Description('something else'));
  return keys;
}

function parseKeys(text: string): JSONWebKeySet | undefined {
  try {
    const set: unknown = JSON.parse(text);
    const keys: unknown = isObject(set) ? set['keys'] : undefined;
    const isPublic = (key: unknown): boolean =>
      isObject(key) && typeof key['kty'] === 'string' && PRIVATE_MEMBERS.every((member) => !(member in key));
    return Array.isArray(keys) && keys.length > 0 && keys.every(isPublic)
      ? { keys: keys as JSONWebKeySet['keys'] }
      : undefined; // jose checks the rest
  } catch {
    return undefined;
  }
}

function readAuthorities(text: string, { report, textOf }: SettingContext): string {
  if (textOf('CALLER_CA_FILE') !== undefined) report('no CALLER_CA_FILE beside it', new Description('both'));
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    report('PEM text with certificates', new Description('something else'));
  return text;
}

function readAudience(text: string, { report }: SettingContext): string {
  if (text === '') report('what the tokens are made for, such as bi-cron', text);
  return text;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** May keys be taken from there? Without TLS only within this machine. */
export function isTrustworthy(url: URL | null | undefined): boolean {
  if (url === null || url === undefined || url.username + url.password + url.search + url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
}

const SUBJECTS_FORM = 'subjects such as system:serviceaccount:bi-cron:*, where a * may only follow a : or /';

/** A bare `*` would admit every workload of the cluster: Kubernetes gives each of them a token for any audience. */
function readSubjects(text: string, { report }: SettingContext): string[] {
  const subjects = splitList(text);
  const wrong = subjects.find((subject) => !/^(?:[^*]+|[^*]*[:/]\*)$/.test(subject));
  if (wrong !== undefined || subjects.length === 0) report(SUBJECTS_FORM, wrong ?? text);
  return subjects;
}
