import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CronFunction } from '../handle.ts';
import { Description, invalidEvent } from '../run-error.ts';

/** A request as `node:http` gives it; the Functions Framework has read the body already and keeps it in `rawBody`. */
export type Incoming = IncomingMessage & { readonly rawBody?: Buffer };

/** Serves a function: the same handler in the image's host and in the Functions Framework. */
export function createHandler(fn: CronFunction): (request: Incoming, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const caller = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) caller.abort();
    });
    const body = request.rawBody === undefined ? readBody(request) : Promise.resolve<Uint8Array>(request.rawBody);
    const { method = '', url = '', rawHeaders } = request;
    const { answer, log } = await fn.handle({ method, url, rawHeaders, body }, caller.signal);
    const { status, headers, body: text } = answer;
    if (!response.destroyed)
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) }).end(text);
    if (!request.complete) destroyAfterLinger(request);
    await log();
  };
}

const LINGER_MS = 1000;

/** Cuts off a sender who goes on for a second after its answer; at once, it would see a reset in place of the answer. */
function destroyAfterLinger(request: IncomingMessage): void {
  const { socket } = request; // the request itself lets go of it with the answer
  request.resume();
  const end = (): void => {
    if (!request.complete) socket.destroy();
  };
  setTimeout(end, LINGER_MS).unref();
}

/** The largest event that is read: 1 MiB. CloudEvents asks intermediaries to carry 64 KiB. */
const MAX_BODY_BYTES = 1024 * 1024;

const MAX_DISCARDED_BYTES = 8 * MAX_BODY_BYTES;

/**
 * Reads a request's body. One that is too large is read on, and forgotten, for a while: a sender that is still writing
 * when the answer comes would see a broken connection instead, and send the event again.
 */
async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    const whole = request.iterator({ destroyOnReturn: false }); // a destroyed request has no socket, which is needed to cut it off
    for await (const chunk of whole as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      if (size > MAX_DISCARDED_BYTES) break;
    }
  } catch (error) {
    throw invalidEvent('body', 'a whole body', new Description('a broken connection'), error);
  }
  if (size > MAX_BODY_BYTES) throw invalidEvent('body', `at most ${MAX_BODY_BYTES} bytes`, new Description('more'));
  return Buffer.concat(chunks);
}
