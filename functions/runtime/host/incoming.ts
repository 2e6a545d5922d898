import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CronFunction } from '../handle.ts';
import { orAbort } from '../deadline.ts';
import { Description, invalidEvent, RunError } from '../run-error.ts';

/**
 * A request as `node:http` gives it. A server in front of the function may have read the body and kept it in `rawBody`, and
 * the URL as it came in `originalUrl`.
 */
export type Incoming = IncomingMessage & { readonly rawBody?: Buffer; readonly originalUrl?: string };

/**
 * Serves a function: the same handler in the image's host and in the Functions Framework. From `stopping` on answers close
 * their connections, and a body that is still on its way has a second left.
 */
export function createHandler(
  fn: CronFunction,
  stopping: AbortSignal = NEVER,
): (request: Incoming, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const caller = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) caller.abort();
    });
    const body = request.rawBody === undefined ? readInTime(request, stopping) : takeWhole(request.rawBody);
    const { method = '', rawHeaders, originalUrl: url = request.url ?? '' } = request;
    const { answer, log } = await fn.handle({ method, url, rawHeaders, body }, caller.signal);
    const { status, body: text } = answer;
    const headers = { ...answer.headers, 'content-length': Buffer.byteLength(text) };
    if (!response.destroyed) {
      response.writeHead(status, stopping.aborted ? { ...headers, connection: 'close' } : headers).end(text);
    }
    await Promise.all([log(), request.complete || destroyAfterLinger(request)]);
  };
}

const NEVER = new AbortController().signal;
const LINGER_MS = 1000;

/** Cuts off a sender that still writes a second after its answer; earlier, it would see a reset in place of the answer. */
function destroyAfterLinger(request: IncomingMessage): Promise<void> {
  const { socket } = request; // the request itself releases it with the answer
  request.resume();
  return new Promise((resolve) => {
    socket.once('close', resolve);
    request.once('end', resolve);
    setTimeout(() => {
      if (!request.complete) socket.destroy();
      resolve();
    }, LINGER_MS);
  });
}

const GRACE_MS = 1000;
const DRAINING = new RunError(
  { outcome: 'unavailable', reason: 'draining' },
  'process: expected a whole body within a second of SIGTERM, got a part; send the event again',
);

/** The body of a request, unless the process stops: half of one must not hold its end. */
async function readInTime(request: IncomingMessage, stopping: AbortSignal): Promise<Uint8Array> {
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => limit.abort(DRAINING), GRACE_MS);
  };
  if (stopping.aborted) begin();
  else stopping.addEventListener('abort', begin, { once: true });
  try {
    return await orAbort(readBody(request), limit.signal);
  } finally {
    stopping.removeEventListener('abort', begin);
    clearTimeout(timer);
  }
}

/** A body that was read before, by a host with another limit. */
async function takeWhole(body: Buffer): Promise<Uint8Array> {
  await Promise.resolve(); // a refusal is the handler's to answer
  if (body.length > MAX_BODY_BYTES) throw tooLarge();
  return body;
}

/** The largest event that is read: 1 MiB. CloudEvents asks intermediaries to carry 64 KiB. */
const MAX_BODY_BYTES = 1024 * 1024;

const MAX_DISCARDED_BYTES = 8 * MAX_BODY_BYTES;

/**
 * Reads a request's body. One that is too large is read on, and discarded, for a while: a sender that is still writing
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
  if (size > MAX_BODY_BYTES) throw tooLarge();
  return Buffer.concat(chunks);
}

const tooLarge = (): RunError => invalidEvent('body', `at most ${MAX_BODY_BYTES} bytes`, new Description('more'));
