import { Metadata, type Client, type ServiceError } from '@grpc/grpc-js';
import type { RunEnd } from '../outcome.ts';
import { RunError } from '../run-error.ts';
import { ENDING_OF_STATUS, statusName } from './status.ts';

export interface Call {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly request: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Aborting it cancels the call at the backend too. */
  readonly signal: AbortSignal;
  /** Who is called, for messages: `bi-api-leke at 10.0.0.7:50051`. */
  readonly who: string;
}

/**
 * One unary call, sent once. Resolves with the reply's bytes, or undefined when the backend says ALREADY_EXISTS: it had
 * done this work before. Rejects with a RunError whose ending follows from the gRPC status.
 */
export function callUnary(client: Client, call: Call): Promise<Buffer | undefined> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(call.headers)) metadata.set(name, value);
  const options = { deadline: Date.now() + call.timeoutMs };
  return new Promise((resolve, reject) => {
    let answered = false;
    const running = client.makeUnaryRequest(
      call.path,
      identity,
      identity,
      call.request,
      metadata,
      options,
      (error, reply) => {
        call.signal.removeEventListener('abort', cancel);
        if (error === null) resolve(reply ?? Buffer.alloc(0));
        else if (ENDING_OF_STATUS[statusName(error.code)].outcome === 'done') resolve(undefined);
        else reject(toRunError(error, answered, call));
      },
    );
    running.once('metadata', () => (answered = true));
    const cancel = (): void => running.cancel();
    if (call.signal.aborted) cancel();
    else call.signal.addEventListener('abort', cancel, { once: true });
  });
}

const identity = (bytes: Buffer): Buffer => bytes;

/** The only place where grpc-js errors are read. */
function toRunError(error: ServiceError, answered: boolean, { who, timeoutMs }: Call): RunError {
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
