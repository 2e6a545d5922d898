import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { CronFunction } from '../handle.ts';
import { limitConnections } from './connections.ts';
import { createHandler, type Incoming } from './incoming.ts';
import { RunError } from '../run-error.ts';

/** A function behind an open port. */
export interface Host {
  readonly port: number;
  /**
   * Finishes the runs under way, answers new events 503 meanwhile, then closes the port. Runs that outlast the run budget
   * are ended. The second call gives the promise of the first.
   */
  drain(): Promise<void>;
}

const LIMITS = {
  maxHeaderSize: 80 * 1024, // 64 KiB of attributes, and what proxies add
  requireHostHeader: false, // Node's own answer has no body
  headersTimeout: 10_000,
  requestTimeout: 15_000, // a whole body of at most 1 MiB
  keepAliveTimeout: 120_000, // queue-proxy keeps idle connections 90 s (Go's DefaultTransport); closing first would race with its next request
  connectionsCheckingInterval: 1000,
};
const MAX_CONNECTIONS = 128; // each may hold a body of 1 MiB, and the pod 256 MiB

/** Opens the port and serves the function. Rejects when the port is not available. */
export async function startHost(fn: CronFunction, port: number): Promise<Host> {
  const stopping = new AbortController();
  const handle = createHandler(fn, stopping.signal);
  const pending = new Set<Promise<void>>();
  let draining: Promise<void> | undefined;

  const serve = (request: Incoming, response: ServerResponse): void => {
    connections.use(request, response);
    if (hosts(request) !== 1 && request.httpVersion === '1.1') return refuseHost(request, response);
    const handled = handle(request, response).finally(() => pending.delete(handled));
    pending.add(handled);
  };
  const server = createServer(LIMITS, serve);
  server.on('checkExpectation', serve); // what Node does not know it answers 417; here an expectation changes nothing
  const connections = limitConnections(server, MAX_CONNECTIONS);
  server.maxHeadersCount = 0; // Node would silently drop headers beyond its count; maxHeaderSize bounds them all
  server.on('clientError', refuseBrokenRequest);
  server.on('connect', (_request, socket: Socket) => refuseBrokenRequest({ code: 'CONNECT' }, socket)); // Node would hang up
  await listen(server, port);

  async function drain(): Promise<void> {
    fn.drain();
    stopping.abort();
    const overdue = setTimeout(() => fn.abort(DRAIN_TIMEOUT), fn.bootstrap.budgetMs);
    while (pending.size > 0) await Promise.allSettled(pending);
    clearTimeout(overdue);
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
      setTimeout(resolve, CLOSING_MS).unref(); // a connection that the server does not know yet must not hold the process
    });
    fn.close();
  }

  return { port: (server.address() as AddressInfo).port, drain: () => (draining ??= drain()) }; // a TCP server's address is no string
}

const CLOSING_MS = 1000;

const DRAIN_TIMEOUT = new RunError(
  { outcome: 'unavailable', reason: 'draining' },
  'process: expected the run to end within RUN_BUDGET of SIGTERM, got no end',
);

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

const toRefusal = (field: string, message: string): string =>
  JSON.stringify({ outcome: 'rejected', reason: 'event', message, field });

const hosts = ({ rawHeaders }: Incoming): number =>
  rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length;

/** RFC 9112 §3.2: a request of HTTP/1.1 without exactly one Host is answered 400. */
function refuseHost(request: Incoming, response: ServerResponse): void {
  const message = `host: expected one header (RFC 9112), got ${hosts(request) === 0 ? 'nothing' : 'several'}`;
  const body = toRefusal('host', message);
  const headers = { 'content-type': 'application/json', 'x-content-type-options': 'nosniff', connection: 'close' };
  response.writeHead(400, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** What Node's parser refuses is the sender's mistake: 400 instead of Node's own 408 and 431, which a Broker repeats. */
function refuseBrokenRequest(error: Pick<NodeJS.ErrnoException, 'code'>, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const message = `request: expected HTTP/1.1 within limits, got ${error.code ?? 'something else'}`;
  const body = toRefusal('request', message);
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nX-Content-Type-Options: nosniff\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
