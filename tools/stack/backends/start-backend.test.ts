import net from 'node:net';
import { once } from 'node:events';
import { credentials, status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import type { Backend, BackendOptions } from './backend.ts';
import { startJushuitan } from './jushuitan.ts';
import { TestClient } from '../../../test/support/backend-client.ts';
import { TEST_TLS } from '../../../test/support/tls.ts';

const PROTO = 'bi/jushuitan/v1/inventory.proto';
const SERVICE = 'bi.jushuitan.v1.InventoryService';
const REQUEST = { skuIds: ['SKU000001'], pageSize: 10 };
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

async function open(options: BackendOptions = {}): Promise<Backend> {
  const backend = await startJushuitan(options);
  opened.push({ close: () => backend.stop() });
  return backend;
}

function connect(address: string, security = credentials.createInsecure(), proto = PROTO, service = SERVICE) {
  const client = new TestClient(address, proto, service, security);
  opened.push(client);
  return client;
}

test('stop() finishes the call at hand and takes no further one', async () => {
  const backend = await open({ latencyMs: 150 });
  const client = connect(backend.address);
  const arrived = backend.calls.next();
  const result = client.call('AsyncFetch', REQUEST);
  await arrived;
  await backend.stop();
  expect(await result).toMatchObject({ reply: { rowsExpected: '3' } });
  expect(backend.calls.all().map(({ outcome }) => outcome)).toEqual(['ok']);
  expect(await connect(backend.address).call('AsyncFetch', REQUEST)).toMatchObject({ code: status.UNAVAILABLE });
});

test('stop() ends with an idle client, an unused connection, and a second time', async () => {
  const backend = await open();
  await connect(backend.address).call('AsyncFetch', REQUEST);
  const socket = net.connect(backend.port, '127.0.0.1');
  await once(socket, 'connect');
  const gone = new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
  socket.resume();
  await backend.stop();
  await backend.stop();
  await gone;
  expect(socket.destroyed).toBe(true);
});

test('kill() resets the connections and leaves the work undone', async () => {
  const backend = await open({ latencyMs: 60_000 });
  const client = connect(backend.address);
  const arrived = backend.calls.next();
  const result = client.call('AsyncFetch', REQUEST);
  const call = await arrived;
  backend.kill();
  expect(await result).toMatchObject({ code: status.UNAVAILABLE });
  expect(await call.ended).toBe('closed');
  expect(backend.workDone).toBe(0);
  expect(await connect(backend.address).call('AsyncFetch', REQUEST)).toMatchObject({ code: status.UNAVAILABLE });
});

test('a port that is taken is said', async () => {
  const { port } = await open();
  await expect(startJushuitan({ port })).rejects.toThrow('EADDRINUSE');
});

const { ca, serverCert, serverKey, clientCert, clientKey } = TEST_TLS;
const server = { cert: serverCert, key: serverKey };

test('TLS: a client that trusts the authority is served, one without TLS is not', async () => {
  const { port } = await open({ tls: server });
  const address = `localhost:${port}`;
  const trusting = connect(address, credentials.createSsl(Buffer.from(ca)));
  expect(await trusting.call('AsyncFetch', REQUEST)).toMatchObject({ reply: { rowsExpected: '3' } });
  expect(await connect(address).call('AsyncFetch', REQUEST)).toMatchObject({ code: status.UNAVAILABLE });
  expect(await connect(address, credentials.createSsl()).call('AsyncFetch', REQUEST)).toMatchObject({
    code: status.UNAVAILABLE,
  });
});

test('mTLS: only a client with a certificate of the authority is served', async () => {
  const { port } = await open({ tls: { ...server, clientCa: ca } });
  const address = `localhost:${port}`;
  const [root, key, cert] = [ca, clientKey, clientCert].map((pem) => Buffer.from(pem));
  const known = connect(address, credentials.createSsl(root, key, cert));
  expect(await known.call('AsyncFetch', REQUEST)).toMatchObject({ reply: { rowsExpected: '3' } });
  expect(await connect(address, credentials.createSsl(root)).call('AsyncFetch', REQUEST)).toMatchObject({
    code: status.UNAVAILABLE,
  });
});

test('over TLS too a connection is reset where the fault says so', async () => {
  const backend = await open({ tls: server });
  const client = connect(`localhost:${backend.port}`, credentials.createSsl(Buffer.from(ca)));
  backend.faults.set({ kind: 'close-connection', when: 'before-reply', times: 1 });
  expect(await client.call('AsyncFetch', REQUEST)).toMatchObject({ code: status.UNAVAILABLE });
  expect(await client.call('AsyncFetch', REQUEST)).toMatchObject({ reply: { rowsExpected: '3' } });
  backend.kill();
});
