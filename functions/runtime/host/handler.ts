import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './body.ts';
import type { CronFunction } from '../handle.ts';

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
