import { Metadata, type Client } from '@grpc/grpc-js';
import { ENDING_OF_STATUS, statusName, toRunError } from './call-failure.ts';

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
