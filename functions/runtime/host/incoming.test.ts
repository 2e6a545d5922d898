import { once } from 'node:events';
import { expect, test } from 'vitest';
import { openFunction } from '../../../test/support/serve-function.ts';
import { manualHeaders, openHost, openWire, requestText, send } from '../../../test/support/http.ts';

const MIB = 1024 * 1024;

async function open() {
  const { fn, backend } = await openFunction();
  const { port } = await openHost(fn);
  return { port, backend };
}

/** A manual event of exactly so many bytes, all of which count: its last one closes the JSON. */
function eventOf(bytes: number): string {
  const event = { specversion: '1.0', id: 'm1', source: '/test', type: 'bi.cron.run.requested' };
  const text = JSON.stringify(event).slice(0, -1);
  return `${text}${' '.repeat(bytes - Buffer.byteLength(text) - 1)}}`;
}

const headers = { 'content-type': 'application/cloudevents+json' };
const TOO_LARGE = {
  outcome: 'rejected',
  reason: 'event',
  message: 'body: expected at most 1048576 bytes, got more',
  field: 'body',
};

test('a body of 1 MiB is read', async () => {
  const { port, backend } = await open();
  expect(await send(port, { headers, body: eventOf(MIB) })).toMatchObject({ status: 200 });
  expect(backend.calls.count()).toBe(1);
});

test('a body of one byte more is refused with 400', async () => {
  const { port, backend } = await open();
  expect(await send(port, { headers, body: eventOf(MIB + 1) })).toMatchObject({ status: 400, body: TOO_LARGE });
  expect(backend.calls.count()).toBe(0);
});

test.each([
  [MIB, 200],
  [MIB + 1, 400],
  [7 * MIB, 400],
])('%i bytes in chunks: %i', async (bytes, status) => {
  const { port } = await open();
  const { socket, ended } = openWire(port);
  socket.write(
    requestText('POST / HTTP/1.1', { host: 'x', ...headers, 'transfer-encoding': 'chunked', connection: 'close' }),
  );
  const text = eventOf(bytes);
  for (let from = 0; from < bytes; from += MIB / 2) {
    const chunk = text.slice(from, from + MIB / 2);
    socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
  }
  socket.write('0\r\n\r\n');
  expect(await ended).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});

test.each([
  ['in chunks', { 'transfer-encoding': 'chunked' }],
  ['of a declared length', { 'content-length': String(2 ** 40) }],
])('a body without end, %s, is answered 400 while it is being sent', async (_title, framing) => {
  const { port, backend } = await open();
  const { socket, received, ended } = openWire(port);
  const isChunked = 'transfer-encoding' in framing;
  socket.write(requestText('POST / HTTP/1.1', { host: 'x', ...headers, ...framing }));
  const block = 'x'.repeat(MIB);
  const piece = isChunked ? `${block.length.toString(16)}\r\n${block}\r\n` : block;
  for (let sent = 0; sent < 50 && !received().includes('\r\n\r\n'); sent += 1) {
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain').catch(() => ended), ended]);
  }
  expect(received()).toMatch(/^HTTP\/1\.1 400 /);
  expect(received()).toContain(TOO_LARGE.message);
  await ended; // the host cuts off who goes on
  expect((await send(port, { headers: manualHeaders('m2') })).status).toBe(200);
  expect(backend.calls.all().map(({ runKey }) => runKey)).toEqual(['probe@manual:m2']);
});

test('a body that breaks off runs nothing', async () => {
  const { port, backend } = await open();
  const { socket } = openWire(port);
  socket.write(requestText('POST / HTTP/1.1', { host: 'x', ...manualHeaders('m1'), 'content-length': '10' }, '{"shop'));
  await once(socket, 'connect');
  socket.destroy();
  expect(await send(port, { headers: manualHeaders('m2') })).toMatchObject({ status: 200 });
  expect(backend.calls.all().map(({ runKey }) => runKey)).toEqual(['probe@manual:m2']);
});

test('a body that waits for 100 Continue is read', async () => {
  const { port } = await open();
  const { socket, ended } = openWire(port);
  const body = eventOf(200);
  const expecting = { host: 'x', ...headers, expect: '100-continue', 'content-length': '200', connection: 'close' };
  socket.write(requestText('POST / HTTP/1.1', expecting));
  await once(socket, 'data');
  socket.write(body);
  expect(await ended).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
});
