import { constants, type ServerHttp2Stream } from 'node:http2';
import { createServer, type AddressInfo } from 'node:net';
import { Client, Metadata, Server, ServerCredentials, credentials, type handleUnaryCall } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Backend } from '../../../tools/stack/backends/backend.ts';
import { startGeneric } from '../../../tools/stack/backends/start-backend.ts';
import { callUnary } from './call.ts';
import { failureOf, makeCall, openClient, serveStreams } from '../../../test/support/grpc-call.ts';
import { openBlackHole } from '../../../test/support/grpc-peer.ts';

const UNAVAILABLE = { outcome: 'unavailable', reason: 'backend' };
const UNKNOWN = { outcome: 'unknown', reason: 'backend' };

async function startBackend(): Promise<Backend> {
  const backend = await startGeneric({ protoFile: 'bi/leke/v1/order.proto', service: 'bi.leke.v1.OrderService' });
  onTestFinished(() => backend.stop());
  return backend;
}

/** A grpc-js server with one handler, in whose hand the headers of the response are. */
async function startServer(handler: handleUnaryCall<Buffer, Buffer>): Promise<{ address: string; server: Server }> {
  const server = new Server();
  const identity = (bytes: Buffer): Buffer => bytes;
  server.register(makeCall().path, handler, identity, identity, 'unary');
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  onTestFinished(() => server.forceShutdown());
  return { address: `127.0.0.1:${port}`, server };
}

const respond = (stream: ServerHttp2Stream): void =>
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });

describe("the backend's own word means that no work was done", () => {
  const WORDS = [
    'not now',
    'upstream dropped the connection',
    'connect ECONNREFUSED 10.0.0.5:3306',
    'socket hang up',
    'database: read ECONNRESET',
  ];

  test.each(WORDS)('UNAVAILABLE (%s) with headers and status in one', async (details) => {
    const { address } = await startServer((_call, reply) => reply({ code: 14, details }));
    const { ending } = await failureOf(await openClient(address), makeCall());
    expect(ending).toEqual(UNAVAILABLE);
  });

  test.each(WORDS)('UNAVAILABLE (%s) after headers', async (details) => {
    const { address } = await startServer((call, reply) => {
      call.sendMetadata(new Metadata());
      reply({ code: 14, details });
    });
    const { ending } = await failureOf(await openClient(address), makeCall());
    expect(ending).toEqual(UNAVAILABLE);
  });

  test.each(['Connection dropped', 'read ECONNRESET'])(
    'UNAVAILABLE (%s), in the words of grpc-js itself, with headers and status in one',
    async (details) => {
      const { address } = await startServer((_call, reply) => reply({ code: 14, details }));
      const { ending } = await failureOf(await openClient(address), makeCall());
      expect(ending).toEqual(UNAVAILABLE);
    },
  );

  test.each(['No connection established to the database', 'Failed to start HTTP/2 stream with error x'])(
    'but INTERNAL (%s) after headers does not',
    async (details) => {
      const { address } = await startServer((call, reply) => {
        call.sendMetadata(new Metadata());
        reply({ code: 13, details });
      });
      const { ending } = await failureOf(await openClient(address), makeCall());
      expect(ending).toEqual(UNKNOWN);
    },
  );

  test('RESOURCE_EXHAUSTED', async () => {
    const { address } = await startServer((_call, reply) => reply({ code: 8, details: 'quota: 100 pages a minute' }));
    const { ending } = await failureOf(await openClient(address), makeCall());
    expect(ending).toEqual(UNAVAILABLE);
  });
});

describe('a call that was sent and got no word of the backend is unknown', () => {
  test('the backend dies in mid-call', async () => {
    const backend = await startBackend();
    backend.faults.set({ kind: 'hang' });
    const arrived = backend.calls.next();
    const failure = failureOf(await openClient(backend.address), makeCall({ who: 'b' }));
    await arrived;
    backend.kill();
    const error = await failure;
    expect(error.ending).toEqual(UNKNOWN);
    expect(error.grpcCode).toBe('UNAVAILABLE');
    expect(error.message).toBe('b: expected OK, got UNAVAILABLE (read ECONNRESET)');
  });

  test.each([
    ['on-receive', 0],
    ['before-reply', 1],
  ] as const)('the connection is reset %s, work done %i times', async (when, workDone) => {
    const backend = await startBackend();
    const client = await openClient(backend.address);
    backend.faults.set({ kind: 'close-connection', when });
    expect((await failureOf(client, makeCall())).ending).toEqual(UNKNOWN);
    expect(backend.workDone).toBe(workDone);
    expect(backend.calls.count()).toBe(1);
  });

  test('a reply of more than 4 MiB', async () => {
    const backend = await startBackend();
    const client = await openClient(backend.address);
    backend.faults.set({ kind: 'huge-reply', bytes: 4 * 1024 * 1024 });
    const error = await failureOf(client, makeCall({ who: 'b' }));
    expect(error.message).toMatch(
      /^b: expected OK, got RESOURCE_EXHAUSTED \(Received message larger than max \(\d+ vs 4194304\)\)$/,
    );
    expect(error.ending).toEqual(UNKNOWN);
    expect(backend.workDone).toBe(1);
  });

  const BREAKS: [string, (stream: ServerHttp2Stream) => void][] = [
    ['the connection breaks', ({ session }) => session?.destroy()],
    [
      'GOAWAY, then the connection breaks',
      ({ session, id = 0 }) => {
        session?.goaway(constants.NGHTTP2_NO_ERROR, id);
        session?.ping(() => session.destroy());
      },
    ],
    ['GOAWAY with an error', ({ session }) => session?.destroy(undefined, constants.NGHTTP2_INTERNAL_ERROR)],
    ['GOAWAY ENHANCE_YOUR_CALM', ({ session }) => session?.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0)],
    ['RST_STREAM ENHANCE_YOUR_CALM', (stream) => stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM)],
    ['RST_STREAM INTERNAL_ERROR', (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR)],
    ['RST_STREAM NO_ERROR', (stream) => stream.close(constants.NGHTTP2_NO_ERROR)],
  ];

  test.each(BREAKS)('%s', async (_title, breakIt) => {
    const address = await serveStreams(breakIt);
    const { ending } = await failureOf(await openClient(address), makeCall());
    expect(ending).toEqual(UNKNOWN);
  });

  test.each(BREAKS)('%s, after the headers of a response', async (_title, breakIt) => {
    const address = await serveStreams((stream) => {
      respond(stream);
      stream.session?.ping(() => breakIt(stream));
    });
    const { ending } = await failureOf(await openClient(address), makeCall());
    expect(ending).toEqual(UNKNOWN);
  });

  test.each([429, 502, 503, 504])("a proxy's page with HTTP status %i", async (httpStatus) => {
    for (const isEmpty of [true, false]) {
      const address = await serveStreams((stream) => {
        stream.respond({ ':status': httpStatus, 'content-type': 'text/html' }, { endStream: isEmpty });
        if (!isEmpty) stream.end('<html>');
      });
      const error = await failureOf(await openClient(address), makeCall({ who: 'b' }));
      expect(error.message).toBe(`b: expected OK, got UNAVAILABLE (Received HTTP status code ${httpStatus})`);
      expect(error.ending).toEqual(UNKNOWN);
    }
  });

  test('a status without the content type of gRPC', async () => {
    const address = await serveStreams((stream) => {
      stream.respond({ ':status': 200, 'grpc-status': '14', 'grpc-message': 'who am I' }, { endStream: true });
    });
    const error = await failureOf(await openClient(address), makeCall({ who: 'b' }));
    expect(error.message).toBe('b: expected OK, got UNAVAILABLE (who am I)');
    expect(error.ending).toEqual(UNKNOWN);
  });

  test('RST_STREAM CANCEL', async () => {
    const address = await serveStreams((stream) => stream.close(constants.NGHTTP2_CANCEL));
    const { ending } = await failureOf(await openClient(address), makeCall());
    expect(ending).toEqual({ outcome: 'unknown', reason: 'cancelled' });
  });
});

describe('a call that was not begun is unavailable', () => {
  test('RST_STREAM REFUSED_STREAM', async () => {
    const address = await serveStreams((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
    const error = await failureOf(await openClient(address), makeCall({ who: 'b' }));
    expect(error.message).toBe('b: expected OK, got UNAVAILABLE (Stream refused by server)');
    expect(error.ending).toEqual(UNAVAILABLE);
  });

  test('no connection, and none to be had', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.enable_retries': 0 });
    onTestFinished(() => client.close());
    const error = await failureOf(client, makeCall({ who: 'b' }));
    expect(error.message).toMatch(/^b: expected OK, got UNAVAILABLE \(No connection established\. .*ECONNREFUSED/);
    expect(error.ending).toEqual({ outcome: 'unavailable', reason: 'instance' });
  });
});

test('a deadline that passes while there is no connection yet is no call: unavailable', async () => {
  const hole = await openBlackHole();
  const client = new Client(hole.address, credentials.createInsecure(), { 'grpc.enable_retries': 0 });
  onTestFinished(() => client.close());
  const error = await failureOf(client, makeCall({ timeoutMs: 300, safeToRepeat: false }));
  expect(error.ending).toEqual({ outcome: 'unavailable', reason: 'instance' });
  expect(error.message).toContain('got DEADLINE_EXCEEDED (Deadline exceeded after');
});

test('a server that says GOAWAY in mid-call still answers it', async () => {
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const { address, server } = await startServer((_call, reply) => {
    arrived.resolve();
    void answer.promise.then(() => reply(null, Buffer.from('done')));
  });
  const reply = callUnary(await openClient(address), makeCall());
  await arrived.promise;
  server.tryShutdown(() => {});
  answer.resolve();
  expect(await reply).toEqual(Buffer.from('done'));
});

test('closing the client in mid-call does not break the call', async () => {
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const { address } = await startServer((_call, reply) => {
    arrived.resolve();
    void answer.promise.then(() => reply(null, Buffer.from('done')));
  });
  const client = await openClient(address);
  const reply = callUnary(client, makeCall());
  await arrived.promise;
  client.close();
  answer.resolve();
  expect(await reply).toEqual(Buffer.from('done'));
});
