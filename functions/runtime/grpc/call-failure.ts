import { status, type Metadata, type ServiceError } from '@grpc/grpc-js';
import protobuf from 'protobufjs/minimal.js';
import type { RunEnd } from '../outcome.ts';
import { RunError } from '../run-error.ts';

type CodeName = keyof typeof status;

const DONE: RunEnd = { outcome: 'done', reason: 'done' };
const REJECTED: RunEnd = { outcome: 'rejected', reason: 'backend' };
const UNAVAILABLE: RunEnd = { outcome: 'unavailable', reason: 'backend' };
const NO_INSTANCE: RunEnd = { outcome: 'unavailable', reason: 'instance' };
export const UNKNOWN: RunEnd = { outcome: 'unknown', reason: 'backend' };

/** What each gRPC status says about the run when the backend itself said it. `unknown`: the work may have happened. */
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

/** ALREADY_EXISTS is an error to grpc-js alone. */
export const isDone = ({ code }: ServiceError): boolean => ENDING_OF_STATUS[statusName(code)].outcome === 'done';

/** What had come of a response when its call failed. */
export interface Received {
  readonly hasHeaders: boolean;
  readonly hasReply: boolean;
}

/** What of a call decides its ending. */
interface FailedCall {
  /** Who was called, for messages: `bi-api-leke at 10.0.0.7:50051`. */
  readonly who: string;
  readonly timeoutMs: number;
  readonly safeToRepeat: boolean;
}

/** The only place where grpc-js errors are read. */
export function toRunError(error: ServiceError, received: Received, call: FailedCall): RunError {
  const { who, timeoutMs, safeToRepeat } = call;
  const grpcCode = statusName(error.code);
  const limit = grpcCode === 'DEADLINE_EXCEEDED' ? ` within ${Math.round(timeoutMs)} ms` : '';
  const details = detailsOf(error);
  const message = `${who}: expected OK${limit}, got ${grpcCode} (${truncate(details)})`;
  const ending = endingOf({ name: grpcCode, details, metadata: error.metadata }, received, safeToRepeat);
  return new RunError(ending, message, { grpcCode, cause: error });
}

/** For a reply in a compression that it does not know, grpc-js 1.14 gives neither a code nor details. */
const detailsOf = ({ details }: { details?: string }): string => details ?? 'a reply that cannot be read';

interface Failure {
  readonly name: CodeName;
  readonly details: string;
  /** The trailers; those of a response without a message hold its headers too. */
  readonly metadata: Metadata;
}

// What grpc-js 1.14 itself says (pick-first, load-balancing-call, subchannel-call, stream-decoder, compression-filter). Nothing else marks
// its own texts: `progress` and the code of RST_STREAM get lost on the way to its caller (retrying-call).
const NOT_CONNECTED = /^(?:No connection established|Deadline exceeded .*,Waiting for LB pick$)/;
const NOT_SENT = /^(?:Failed to start HTTP\/2 stream|Getting metadata from plugin failed)/;
/** RST_STREAM REFUSED_STREAM; Node closes the streams above a GOAWAY's last one by this code too (RFC 9113, 6.8 and 8.7). */
const NOT_PROCESSED = /^Stream refused by server$/;
const HTTP_PAGE = /^Received HTTP status code \d+$/; // a gateway's, with any content type
const LOST =
  /^(?:Connection dropped|(?:read|write) E[A-Z]+|Stream refused by server|Bandwidth exhausted or memory limit exceeded|Received HTTP status code \d+|Received message (?:larger than max|that decompresses to a size larger than) .*)$/;

/**
 * How the run ends. Only a proof makes a failed call `unavailable` where its work must not be done twice: that it never left
 * this process, that HTTP/2 says it was not processed, or that the backend asks for a repetition. UNAVAILABLE alone is none:
 * proxies, dying connections and grpc-js itself say it of calls that were under way.
 */
function endingOf(failure: Failure, received: Received, safeToRepeat: boolean): RunEnd {
  const { name, details, metadata } = failure;
  const ending: RunEnd = ENDING_OF_STATUS[name];
  const isOfClient = !received.hasHeaders && Object.keys(metadata.getMap()).length === 0; // a status comes with a content type at least
  if (isOfClient && NOT_CONNECTED.test(details)) return NO_INSTANCE;
  if (isOfClient && (NOT_SENT.test(details) || NOT_PROCESSED.test(details))) return UNAVAILABLE;
  if (ending.outcome !== 'unavailable') return ending;
  if (!isSaidByServer(failure, received)) return UNKNOWN;
  if (name === 'RESOURCE_EXHAUSTED' && TOO_LARGE.test(details))
    return REPLY_TOO_LARGE.test(details) ? UNKNOWN : REJECTED;
  if (safeToRepeat) return UNAVAILABLE;
  if (received.hasReply) return UNKNOWN;
  return name !== 'UNAVAILABLE' || asksToRepeat(metadata) ? UNAVAILABLE : UNKNOWN;
}

/** Did a gRPC server say this status, or did grpc-js make it up of a broken connection or a gateway's page? */
function isSaidByServer({ details, metadata }: Failure, { hasHeaders }: Received): boolean {
  const isTrailersOnly = String(metadata.get('content-type')).startsWith('application/grpc'); // headers and status in one
  return isTrailersOnly ? !HTTP_PAGE.test(details) : hasHeaders && !LOST.test(details);
}

// As grpc-go, grpcio, grpc-java, grpc-dotnet and grpc-js word it. No repetition makes a message smaller.
const TOO_LARGE =
  /(?:message|frame size \d+) (?:with a size |after decompression |that decompresses to a size )?(?:larger than|exceeds (?:the )?maximum|too large)/i;
/** The work was done, and its reply could not be sent. */
const REPLY_TOO_LARGE = /\bsen[dt](?:ing)? message|message too large \d+ , max/i;

/** The backend's statement that nothing was done: gRFC A6's `grpc-retry-pushback-ms`, not negative, or `google.rpc.RetryInfo`. */
function asksToRepeat(trailers: Metadata): boolean {
  const pushback = trailers.get('grpc-retry-pushback-ms');
  if (pushback.length > 0) return pushback.every((value) => /^\d{1,10}$/.test(String(value)));
  return trailers.get('grpc-status-details-bin').some((value) => Buffer.isBuffer(value) && hasRetryInfo(value));
}

const DETAILS_TAG = (3 << 3) | 2; // of google.rpc.Status: repeated google.protobuf.Any
const TYPE_URL_TAG = (1 << 3) | 2; // of google.protobuf.Any

function hasRetryInfo(status: Buffer): boolean {
  try {
    return readBytes(status, DETAILS_TAG)
      .flatMap((any) => readBytes(any, TYPE_URL_TAG))
      .some((url) => Buffer.from(url).toString().endsWith('/google.rpc.RetryInfo'));
  } catch {
    return false; // no google.rpc.Status
  }
}

/** Every value of one length-delimited field. */
function readBytes(message: Uint8Array, tag: number): Uint8Array[] {
  const reader = protobuf.Reader.create(message);
  const values: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const read = reader.uint32();
    if (read === tag) values.push(reader.bytes());
    else reader.skipType(read & 7);
  }
  return values;
}

const MAX_DETAILS = 200;

/** A backend's text, on one line and short. */
function truncate(details: string): string {
  const line = details.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.length > MAX_DETAILS ? `${line.slice(0, MAX_DETAILS)}…` : line;
}
