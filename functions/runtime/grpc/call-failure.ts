import { status, type ServiceError } from '@grpc/grpc-js';
import type { RunEnd } from '../outcome.ts';
import { RunError } from '../run-error.ts';
import type { Call } from './call.ts';

type CodeName = keyof typeof status;

const DONE: RunEnd = { outcome: 'done', reason: 'done' };
const REJECTED: RunEnd = { outcome: 'rejected', reason: 'backend' };
const UNAVAILABLE: RunEnd = { outcome: 'unavailable', reason: 'backend' };
const UNKNOWN: RunEnd = { outcome: 'unknown', reason: 'backend' };

/** What each gRPC status says about the run. `unknown`: the work may have happened. */
export const ENDING_OF_STATUS = {
  OK: DONE,
  ALREADY_EXISTS: DONE,
  INVALID_ARGUMENT: REJECTED,
  FAILED_PRECONDITION: REJECTED,
  OUT_OF_RANGE: REJECTED,
  NOT_FOUND: REJECTED,
  UNIMPLEMENTED: REJECTED,
  UNAUTHENTICATED: REJECTED,
  PERMISSION_DENIED: REJECTED,
  UNAVAILABLE,
  ABORTED: UNAVAILABLE,
  RESOURCE_EXHAUSTED: UNAVAILABLE,
  DEADLINE_EXCEEDED: { outcome: 'unknown', reason: 'deadline' },
  CANCELLED: { outcome: 'unknown', reason: 'cancelled' },
  INTERNAL: UNKNOWN,
  UNKNOWN,
  DATA_LOSS: UNKNOWN,
} as const satisfies Record<CodeName, RunEnd>;

/** The name of a numeric gRPC status; `UNKNOWN` for a number outside the standard. */
export function statusName(code: number): CodeName {
  const name: string | undefined = status[code];
  return name !== undefined && name in ENDING_OF_STATUS ? (name as CodeName) : 'UNKNOWN'; // a key of the table, as just checked
}

/** The only place where grpc-js errors are read. */
export function toRunError(error: ServiceError, answered: boolean, { who, timeoutMs }: Call): RunError {
  const grpcCode = statusName(error.code);
  const limit = grpcCode === 'DEADLINE_EXCEEDED' ? ` within ${Math.round(timeoutMs)} ms` : '';
  const message = `${who}: expected OK${limit}, got ${grpcCode} (${truncate(detailsOf(error))})`;
  return new RunError(endingOf(error, answered), message, { grpcCode, cause: error });
}

// What grpc-js 1.14 itself says (subchannel-call, load-balancing-call, stream-decoder, compression-filter); it marks its own words by nothing else.
const NOT_BEGUN = /^(?:No connection established|Failed to start HTTP\/2 stream|Stream refused by server$)/; // RST_STREAM REFUSED_STREAM: not processed
const LOST =
  /^(?:Connection dropped|(?:read|write) E[A-Z]+|Bandwidth exhausted or memory limit exceeded|Received HTTP status code \d+|Received message (?:larger than max|that decompresses to a size larger than) .*)$/;

const NO_REPLY = /^(?:No message received|Too many responses received)$/; // as UNIMPLEMENTED, although the backend said OK

/** For a reply in a compression that it does not know, grpc-js 1.14 gives neither a code nor details. */
const detailsOf = ({ details }: { details?: string }): string => details ?? 'a reply that cannot be read';

/**
 * The ending by the status, unless grpc-js made that status up: it gives a connection that broke in mid-call, a proxy's
 * error page and a reply over its size limit the codes that a backend uses to say "not now". Only the backend's own word
 * means that no work was done; it comes with the headers of a response.
 */
function endingOf(error: ServiceError, answered: boolean): RunEnd {
  const { code, metadata } = error;
  const details = detailsOf(error);
  const ending = ENDING_OF_STATUS[statusName(code)];
  if (statusName(code) === 'UNIMPLEMENTED' && NO_REPLY.test(details)) return ENDING_OF_STATUS.UNKNOWN;
  const hasServerStatus = String(metadata.get('content-type')).startsWith('application/grpc'); // headers and status in one
  if (hasServerStatus) return ending;
  if (!answered && NOT_BEGUN.test(details)) return ENDING_OF_STATUS.UNAVAILABLE;
  const isLost = ending.outcome === 'unavailable' && (!answered || LOST.test(details));
  return isLost ? ENDING_OF_STATUS.UNKNOWN : ending;
}

const MAX_DETAILS = 200;

/** A backend's text, on one line and short. */
function truncate(details: string): string {
  const line = details.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.length > MAX_DETAILS ? `${line.slice(0, MAX_DETAILS)}…` : line;
}
