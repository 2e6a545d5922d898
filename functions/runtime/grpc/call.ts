import { Metadata, type Client, type ServiceError } from '@grpc/grpc-js';
import { RunError } from '../run-error.ts';
import { isDone, toRunError, UNKNOWN } from './call-failure.ts';

export interface Call {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly request: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** May the work be done twice without harm? Else UNAVAILABLE needs a proof that it was not begun. */
  readonly safeToRepeat: boolean;
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
    // as a stream of replies: of a unary call grpc-js 1.14 reads one message, and where a second comes it waits for the deadline
    const stream = client.makeServerStreamRequest(call.path, identity, identity, call.request, metadata, options);
    const replies: Buffer[] = [];
    let hasHeaders = false;
    const cancel = (): void => stream.cancel();
    stream.once('metadata', () => (hasHeaders = true));
    stream.on('data', (reply: Buffer) => {
      replies.push(reply);
      if (replies.length > 1) cancel();
    });
    stream.on('error', (error: ServiceError) => {
      call.signal.removeEventListener('abort', cancel);
      if (replies.length > 1) reject(notOneReply(call, 'several', undefined));
      else if (isDone(error)) resolve(undefined);
      else reject(toRunError(error, { hasHeaders, hasReply: replies.length > 0 }, call));
    });
    stream.on('end', () => {
      call.signal.removeEventListener('abort', cancel);
      const [reply] = replies; // 'end' follows an error too, when the promise is settled
      if (reply !== undefined && replies.length === 1) resolve(reply);
      else reject(notOneReply(call, reply === undefined ? 'none' : 'several', 'OK'));
    });
    if (call.signal.aborted) cancel();
    else call.signal.addEventListener('abort', cancel, { once: true });
  });
}

const identity = (bytes: Buffer): Buffer => bytes;

/** Not what a unary method answers; the work may have been done. */
function notOneReply({ who }: Call, got: string, grpcCode: string | undefined): RunError {
  return new RunError(UNKNOWN, `${who}: expected one reply, got ${got}`, { grpcCode });
}
