import { invalidConfig, RunError } from '../run-error.ts';
import type { ApiReply } from './api.ts';

/** What was asked of Nacos, described for messages. */
interface ErrorContext {
  /** `Nacos at host:port, host:port`. */
  readonly at: string;
  /** The thing itself: `document bi-cron.yaml of group DEFAULT_GROUP`. */
  readonly what: string;
  /** The permission that is needed: `to read document … as NACOS_USERNAME`. */
  readonly permission: string;
  /** Which key is wrong when it is not allowed, or not a name that Nacos takes. */
  readonly field: string;
  /** The API version asked for, or both, and where: `v1 or v3 below /nacos (port 8848)`. */
  readonly api: string;
}

type Failure = Exclude<ApiReply<never>, { kind: 'value' | 'notFound' }>;

/** The error for an answer that is neither a value nor "there is none". */
export function toApiError({ kind, got }: Failure, { at, what, permission, field, api }: ErrorContext): RunError {
  switch (kind) {
    case 'forbidden':
      return invalidConfig(field, `${at}: expected ${permission}, got ${got}`);
    case 'illegalName':
      return invalidConfig(/namespace/i.test(got) ? 'NACOS_NAMESPACE' : field, `${at}: expected ${what}, got ${got}`);
    case 'tooLarge':
      return invalidConfig(field, `${at}: expected ${what} of at most ${limitOf(what)}, got ${got}`);
    case 'notText':
      return invalidConfig(field, `${at}: expected ${what} in UTF-8, got ${got}`);
    case 'unsupportedApi':
      return invalidConfig('NACOS_API', `${at}: expected the HTTP API ${api}, got ${got}`);
    case 'invalidResponse':
      return new RunError({ outcome: 'unavailable', reason: 'nacos' }, `${at}: expected ${what}, got ${got}`);
  }
}

const limitOf = (what: string): string => (what.startsWith('document') ? '1 MiB' : '4 MiB');

/** No server could be reached, or a proxy before it says so: what a fallback directory is for. */
export class NacosUnreachableError extends RunError {}

/** A status that may pass: 5xx or 429. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: number;

  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}

/** Is it what a proxy answers for a server that is not there? */
export const isGatewayStatus = (status: number): boolean => status >= 502 && status <= 504;

/** The only place where Node's network errors are read. */
export function toUnavailable(names: string, signal: AbortSignal, error: unknown): RunError {
  if (signal.reason instanceof RunError) return signal.reason;
  if (error instanceof RunError) return error;
  const { code, message } = error as NodeJS.ErrnoException; // Node's own errors, or ours
  const got = signal.aborted ? 'none in time' : (code ?? message);
  if (error instanceof StatusError && !isGatewayStatus(error.status)) return notAnswered(RunError, names, got, error);
  return unreachable(names, got, error);
}

/** `unavailable: nacos`: no server gave an answer. */
export function unreachable(names: string, got: string, cause?: unknown): NacosUnreachableError {
  return notAnswered(NacosUnreachableError, names, got, cause);
}

function notAnswered(Kind: typeof RunError, names: string, got: string, cause: unknown): RunError {
  return new Kind({ outcome: 'unavailable', reason: 'nacos' }, `Nacos at ${names}: expected an answer, got ${got}`, {
    cause,
  });
}
