import { once } from 'node:events';
import { expect, it } from 'vitest';
import { waitUntil } from '../../../test/support/wait-until.ts';
import { openFunction } from '../../../test/support/serve-function.ts';
import { manualHeaders, openHost, openWire, requestText, sendManual, type Wire } from '../../../test/support/http.ts';

it('no header is dropped for being one of too many: a repeated attribute behind 2,500 others is seen', async () => {
  const { fn, backend } = await openFunction();
  const { port } = await openHost(fn);
  const { socket, received } = openWire(port);
  const many = 'a:\r\n'.repeat(2500);
  const event = requestText('POST / HTTP/1.1', { Host: 'a', ...manualHeaders('m1') });
  socket.write(`${event.slice(0, -2)}${many}ce-id: m2\r\n\r\n`);
  await waitUntil(() => expect(received()).toMatch(/^HTTP\/1\.1 400 [^]*ce-id: expected one header of this name/));
  expect(backend.calls.count()).toBe(0);
});

/** So many connections that the server knows, the oldest first. */
async function openSockets(port: number, count = 128) {
  const wires: Wire[] = [];
  for (let n = 0; n < count; n += 1) {
    const wire = openWire(port);
    await once(wire.socket, 'connect');
    wires.push(wire);
  }
  return wires;
}

const requestOf = (id: string): string =>
  requestText('POST / HTTP/1.1', { host: 'x', ...manualHeaders(id), 'content-length': '0' });

it('128 connections that send nothing keep nobody out: the oldest gives way, one for each newcomer', async () => {
  const { fn } = await openFunction();
  const { port } = await openHost(fn);
  const wires = await openSockets(port);
  const newcomers = [openWire(port), openWire(port)];
  for (const [n, { socket, received }] of newcomers.entries()) {
    socket.write(requestOf(`m${n}`));
    await waitUntil(() => expect(received()).toMatch(/^HTTP\/1\.1 200 /));
  }
  await Promise.all([wires[0]?.ended, wires[1]?.ended]);
  expect(wires.slice(2).every(({ socket }) => socket.readyState === 'open')).toBe(true);
});

it('a connection that was used, or whose request has begun, gives way behind those that were not', async () => {
  const { fn } = await openFunction();
  const { port } = await openHost(fn);
  const [begun, used, unused] = await openSockets(port);
  begun?.socket.write(requestOf('m1').slice(0, 40));
  used?.socket.write(requestOf('m2'));
  await waitUntil(() => expect(used?.received()).toMatch(/^HTTP\/1\.1 200 /));
  expect((await sendManual(port, 'm3')).status).toBe(200);
  await unused?.ended;
  begun?.socket.write(requestOf('m1').slice(40));
  await waitUntil(() => expect(begun?.received()).toMatch(/^HTTP\/1\.1 200 /));
  used?.socket.write(requestOf('m4'));
  await waitUntil(() => expect(used?.received()).toContain('probe@manual:m4'));
});

it('of 128 connections that were all used, the one that was so longest ago gives way', async () => {
  const { fn } = await openFunction();
  const { port } = await openHost(fn);
  const wires = await openSockets(port);
  for (const [n, { socket, received }] of [...wires.slice(1), ...wires.slice(0, 1)].entries()) {
    socket.write(requestOf(`m${n}`));
    await waitUntil(() => expect(received()).toMatch(/^HTTP\/1\.1 200 /));
  }
  await waitUntil(async () => expect((await sendManual(port, 'last')).status).toBe(200)); // a used one is spared for 100 ms
  await wires[1]?.ended;
  expect(wires[0]?.socket.readyState).toBe('open');
});

it('128 connections that never end their headers keep nobody out for longer than a second', async () => {
  const { fn } = await openFunction();
  const { port } = await openHost(fn);
  const wires = await openSockets(port);
  for (const { socket } of wires) socket.write('POST / HTTP/1.1\r\nhost:');
  await waitUntil(async () => expect((await sendManual(port, 'm1')).status).toBe(200)); // the headers' own limit is 10 s
  expect(wires.at(-1)?.socket.readyState).toBe('open');
});

it('where all 128 wait for their answers the next is cut off, and they get them', async () => {
  const { promise, resolve } = Promise.withResolvers<object>();
  const { fn, backend } = await openFunction({}, () => promise);
  const { port } = await openHost(fn);
  const wires = await openSockets(port);
  const arrived = backend.calls.next();
  for (const { socket } of wires) socket.write(requestOf('m1')); // one run, joined by all
  await arrived;
  await waitUntil(async () => expect(await openWire(port).ended).toBe(''));
  resolve({ goodsRead: 7 });
  await Promise.all(wires.map(({ received }) => waitUntil(() => expect(received()).toMatch(/^HTTP\/1\.1 200 /))));
});
