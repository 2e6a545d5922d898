import type { ApiReply } from './api.ts';
import { invalidConfig, RunError } from '../run-error.ts';

/** What was wanted of Nacos, in words for messages. */
interface ErrorContext {
  /** `Nacos at host:port, host:port`. */
  readonly at: string;
  /** The thing itself: `document bi-cron.yaml of group DEFAULT_GROUP`. */
  readonly what: string;
  /** What one must be allowed to: `to read document … as NACOS_USERNAME`. */
  readonly permission: string;
  /** Which key is wrong when it is not allowed. */
  readonly field: string;
  /** The API version asked for, or both. */
  readonly api: string;
}

type Failure = Exclude<ApiReply<never>, { kind: 'value' | 'notFound' }>;

/** The error for an answer that is neither a value nor "there is none". */
export function toApiError({ kind, got }: Failure, { at, what, permission, field, api }: ErrorContext): RunError {
  switch (kind) {
    case 'forbidden':
      return invalidConfig(field, `${at}: expected ${permission}, got ${got}`);
    case 'unsupportedApi':
      return invalidConfig('NACOS_API', `${at}: expected the HTTP API ${api} below /nacos (port 8848), got ${got}`);
    case 'invalidResponse':
      return new RunError({ outcome: 'unavailable', reason: 'nacos' }, `${at}: expected ${what}, got ${got}`);
  }
}

/** The only place where Node's network errors are read. */
export function toUnavailable(names: string, signal: AbortSignal, error: unknown): RunError {
  if (signal.reason instanceof RunError) return signal.reason;
  const { code, message } = error as NodeJS.ErrnoException; // Node's own errors, or ours
  const got = signal.aborted ? 'none in time' : (code ?? message);
  return unavailable(names, got, error);
}

/** `unavailable: nacos`: no server gave an answer. */
export function unavailable(names: string, got: string, cause?: unknown): RunError {
  const message = `Nacos at ${names}: expected an answer, got ${got}`;
  return new RunError({ outcome: 'unavailable', reason: 'nacos' }, message, { cause });
}
