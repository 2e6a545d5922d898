import { connectivityState } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Backend, BackendOptions } from '../../../tools/stack/backends/backend.ts';
import { startGeneric } from '../../../tools/stack/backends/start-backend.ts';
import { callUnary } from './call.ts';
import { createConnections } from './connections.ts';
import { openTcpProxy } from '../../../test/support/tcp-proxy.ts';
import { failureOf, makeCall } from '../../../test/support/grpc-call.ts';
import { serveFrames } from '../../../test/support/http2-frames.ts';
import { findDeadAddress, openBlackHole, openConnections, PLAIN } from '../../../test/support/grpc-peer.ts';

async function start(options: BackendOptions = {}): Promise<Backend> {
  const spec = { protoFile: 'bi/leke/v1/order.proto', service: 'bi.leke.v1.OrderService', ...options };
  const backend = await startGeneric(spec);
  onTestFinished(() => backend.stop());
  return backend;
}

const forever = new AbortController().signal;

test('gives a channel that is ready, and calls arrive with our user agent', async () => {
  const backend = await start();
  const { address, client } = await openConnections().connect([backend.address], PLAIN, forever);
  expect(address).toBe(backend.address);
  expect(client.getChannel().getConnectivityState(false)).toBe(connectivityState.READY);
  await callUnary(client, makeCall());
  expect(backend.calls.all()[0]?.metadata['user-agent']).toMatch(/^bi-cron grpc-node-js\//);
});

test('goes on to the next address when one refuses', async () => {
  const [first, second, third] = [await findDeadAddress(), await start(), await start()];
  const connection = await openConnections().connect([first, second.address, third.address], PLAIN, forever);
  expect(connection.address).toBe(second.address);
});

test('goes on to the next address when one accepts but never answers', async () => {
  const [hole, backend] = [await openBlackHole(), await start()];
  const connection = await openConnections().connect([hole.address, backend.address], PLAIN, forever);
  expect(hole.accepted()).toBe(1);
  expect(connection.address).toBe(backend.address);
  expect(await callUnary(connection.client, makeCall())).toEqual(Buffer.alloc(0));
});

test('goes on past several that fail in different ways', async () => {
  const [dead, hole, other, backend] = [
    await findDeadAddress(),
    await openBlackHole(),
    await findDeadAddress(),
    await start(),
  ];
  const addresses = [dead, hole.address, other, backend.address];
  expect((await openConnections().connect(addresses, PLAIN, forever)).address).toBe(backend.address);
});

test('rejects when every address refuses, and says why', async () => {
  const [one, two] = [await findDeadAddress(), await findDeadAddress()];
  await expect(openConnections().connect([one, two], PLAIN, forever)).rejects.toThrow(
    `${one}: connect ECONNREFUSED ${one}; ${two}: connect ECONNREFUSED ${two}`,
  );
});

test('rejects when the signal aborts first, and connects no more', async () => {
  const hole = await openBlackHole();
  const controller = new AbortController();
  const connection = openConnections().connect([hole.address], PLAIN, controller.signal);
  await vi.waitFor(() => expect(hole.accepted()).toBe(1));
  controller.abort();
  await expect(connection).rejects.toThrow('not connected in time');
  const backend = await start();
  await openConnections().connect([backend.address], PLAIN, forever); // as long as a connection takes
  expect(hole.accepted()).toBe(1);
});

test('rejects when the signal was aborted before, without connecting', async () => {
  const hole = await openBlackHole();
  await expect(openConnections().connect([hole.address], PLAIN, AbortSignal.abort())).rejects.toThrow(
    'not connected in time',
  );
  const backend = await start();
  await openConnections().connect([backend.address], PLAIN, forever); // as long as a connection takes
  expect(hole.accepted()).toBe(0);
});

test('keeps a channel for the next run', async () => {
  const backend = await start();
  const connections = openConnections();
  const first = await connections.connect([backend.address], PLAIN, forever);
  const second = await connections.connect([backend.address], PLAIN, forever);
  expect(second.client).toBe(first.client);
});

test('keeps channels apart by TLS configuration', async () => {
  const backend = await start();
  const connections = openConnections();
  const first = await connections.connect([backend.address], PLAIN, forever);
  const second = await connections.connect([backend.address], { ...PLAIN, key: 'other' }, forever);
  expect(second.client).not.toBe(first.client);
  expect((await connections.connect([backend.address], PLAIN, forever)).client).toBe(first.client);
});

test('replaces a kept channel that broke', async () => {
  const backend = await start();
  const connections = openConnections();
  const { client } = await connections.connect([backend.address], PLAIN, forever);
  backend.kill();
  await vi.waitFor(() => expect(client.getChannel().getConnectivityState(false)).not.toBe(connectivityState.READY));
  const restarted = await start({ port: backend.port });
  const second = await connections.connect([restarted.address], PLAIN, forever);
  expect(second.client).not.toBe(client);
  expect(client.getChannel().getConnectivityState(false)).toBe(connectivityState.SHUTDOWN);
  expect(await callUnary(second.client, makeCall())).toEqual(Buffer.alloc(0));
});

test('keeps eight channels and closes the oldest', async () => {
  const backend = await start();
  const connections = openConnections();
  const connect = async (key: number) =>
    (await connections.connect([backend.address], { ...PLAIN, key: String(key) }, forever)).client;
  const clients = [];
  for (let key = 1; key <= 9; key += 1) clients.push(await connect(key));
  const states = clients.map((client) => client.getChannel().getConnectivityState(false));
  expect(states).toEqual([connectivityState.SHUTDOWN, ...Array<number>(8).fill(connectivityState.READY)]);
  expect(await connect(9)).toBe(clients[8]);
  expect(await connect(1)).not.toBe(clients[0]);
});

test('close() closes what was kept', async () => {
  const backend = await start();
  const connections = openConnections();
  const { client } = await connections.connect([backend.address], PLAIN, forever);
  connections.close();
  expect(client.getChannel().getConnectivityState(false)).toBe(connectivityState.SHUTDOWN);
});

test('connects to an IPv6 address', async () => {
  const backend = await start({ host: '::1' });
  expect(backend.address).toBe(`[::1]:${backend.port}`);
  const { client } = await openConnections().connect([backend.address], PLAIN, forever);
  expect(await callUnary(client, makeCall())).toEqual(Buffer.alloc(0));
});

test('addresses the instance itself, whatever proxy the environment names', async () => {
  const [backend, proxy] = [await start(), await findDeadAddress()];
  for (const name of ['grpc_proxy', 'http_proxy', 'https_proxy']) vi.stubEnv(name, `http://${proxy}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { client } = await openConnections().connect([backend.address], PLAIN, forever);
  expect(await callUnary(client, makeCall())).toEqual(Buffer.alloc(0));
});

test('says why a name that nobody knows cannot be connected to', async () => {
  await expect(openConnections().connect(['no-such-host.invalid:80'], PLAIN, forever)).rejects.toThrow(
    /^no-such-host\.invalid:80: .*(?:resolution|ENOTFOUND|EAI_AGAIN)/i,
  );
});

test('an attempt to find out why reaches no backend as a call', async () => {
  const [dead, backend] = [await findDeadAddress(), await start()];
  await openConnections().connect([dead, backend.address], PLAIN, forever);
  expect(backend.calls.count()).toBe(0);
});

describe('a kept channel', () => {
  /** A backend behind a path that can fall silent, and one beside it. */
  async function startPair() {
    const [behind, beside] = [await start(), await start()];
    const path = await openTcpProxy(behind.port);
    onTestFinished(() => path.close());
    let now = 0;
    const connections = createConnections(() => now);
    onTestFinished(() => connections.close());
    const within5s = AbortSignal.timeout(5000);
    const connect = () => connections.connect([`127.0.0.1:${path.port}`, beside.address], PLAIN, within5s);
    return { behind, beside, path, connect, passTime: (ms: number) => (now += ms) };
  }

  test('is used while its last response is less than 30 s old, whatever the response said', async () => {
    const { behind, connect, passTime } = await startPair();
    const { client } = await connect();
    passTime(29_999);
    expect((await connect()).client).toBe(client);
    await callUnary(client, makeCall());
    passTime(29_999);
    expect((await connect()).client).toBe(client);
    behind.faults.set({ kind: 'status', code: 'INVALID_ARGUMENT' });
    await failureOf(client, makeCall());
    passTime(29_999);
    expect((await connect()).client).toBe(client);
    passTime(1);
    expect((await connect()).client).not.toBe(client);
  });

  test('is not trusted after 30 s of silence: the next run reaches the instance beside it', async () => {
    const { beside, path, connect, passTime } = await startPair();
    const { client } = await connect();
    await callUnary(client, makeCall());
    path.hold();
    passTime(30_000);
    const next = await connect();
    expect(next.address).toBe(beside.address);
    expect(await callUnary(next.client, makeCall())).toEqual(Buffer.alloc(0));
  });

  test('is closed by a deadline that passed without a response: the next run reaches the instance beside it', async () => {
    const { beside, path, connect } = await startPair();
    const { client } = await connect();
    path.hold();
    const { ending } = await failureOf(client, makeCall({ timeoutMs: 100 }));
    expect(ending).toEqual({ outcome: 'unknown', reason: 'deadline' });
    const next = await connect();
    expect(next.address).toBe(beside.address);
    expect(await callUnary(next.client, makeCall())).toEqual(Buffer.alloc(0));
  });

  test('is kept after a deadline that passed after the headers of a response', async () => {
    const { address } = await serveFrames((peer) =>
      peer.headers({ ':status': '200', 'content-type': 'application/grpc' }),
    );
    const connections = openConnections();
    const { client } = await connections.connect([address], PLAIN, forever);
    expect((await failureOf(client, makeCall({ timeoutMs: 100 }))).ending.reason).toBe('deadline');
    expect((await connections.connect([address], PLAIN, forever)).client).toBe(client);
  });
});
