import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as application/x-www-form-urlencoded. */
  readonly form?: URLSearchParams;
  readonly agent: http.Agent;
  readonly signal: AbortSignal;
  /** The longest body to take, in bytes. */
  readonly maxBytes: number;
  /** Called with the IP address of the connection that the request goes out on. */
  readonly onConnected?: (address: string) => void;
}

export interface HttpReply {
  readonly status: number;
  readonly bytes: Buffer;
  /** The bytes as UTF-8. */
  readonly body: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** The body is longer than the request takes; the message says by how much, when the answer declares its length. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/**
 * One HTTP exchange on `node:http`: the built-in fetch loads undici, 42 ms of CPU on a cold start, and takes no CA of our own. Rejects on
 * transport errors, on a body that ends early or is too large, and when the signal aborts; any status resolves.
 */
export function exchange(url: URL, request: HttpRequest): Promise<HttpReply> {
  const { method, agent, signal, form, maxBytes, onConnected } = request;
  const payload = form?.toString();
  const headers: Record<string, string | number> = { ...request.headers };
  if (payload !== undefined) {
    headers['content-type'] = 'application/x-www-form-urlencoded';
    headers['content-length'] = Buffer.byteLength(payload);
  }
  const transport = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const outgoing = transport.request(url, { method, headers, agent }, (incoming) => {
      isAnswered = true;
      const encoding = incoming.headers['content-encoding'] ?? 'identity';
      if (encoding !== 'identity') outgoing.destroy(new Error(`content-encoding ${encoding}`)); // none was asked for
      const announced = Number(incoming.headers['content-length'] ?? 0);
      if (announced > maxBytes) outgoing.destroy(new BodyTooLargeError(`${announced} bytes`));
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) outgoing.destroy(new BodyTooLargeError(`more than ${maxBytes} bytes`));
        chunks.push(chunk);
      });
      incoming.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          bytes,
          body: bytes.toString('utf8'),
        });
      });
      incoming.on('error', reject);
    });
    if (onConnected !== undefined) outgoing.on('socket', (socket) => tellAddress(socket, onConnected));
    outgoing.on('error', reject);
    const abort = (): void => void outgoing.destroy(signal.reason as Error); // our own errors and Node's
    signal.addEventListener('abort', abort); // the request's own `signal` does the same by way of more of Node: 2 ms of a cold start
    outgoing.on('close', () => {
      signal.removeEventListener('abort', abort);
      if (!isAnswered) reject(new Error('no HTTP answer')); // a switch of protocols (101) is no error to Node
    });
    if (signal.aborted) abort();
    else outgoing.end(payload);
  });
}

function tellAddress(socket: Socket, tell: (address: string) => void): void {
  const { remoteAddress } = socket;
  if (remoteAddress !== undefined) tell(remoteAddress);
  else socket.once('connect', () => tell(socket.remoteAddress ?? ''));
}
