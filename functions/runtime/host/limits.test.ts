import { expect, it } from 'vitest';
import { waitUntil } from '../../../test/support/wait-until.ts';
import { openFunction } from '../../../test/support/serve-function.ts';
import { manualHeaders, openHost, openWire, requestText, sendManual } from '../../../test/support/http.ts';

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

it('128 connections are served, the next is cut off, and one that ends makes room', async () => {
  const { fn } = await openFunction();
  const { port } = await openHost(fn);
  const wires = Array.from({ length: 128 }, () => openWire(port));
  await Promise.all(wires.map(({ socket }) => waitUntil(() => expect(socket.readyState).toBe('open'))));
  expect(await openWire(port).ended).toBe('');
  wires[0]?.socket.destroy();
  await waitUntil(async () => expect((await sendManual(port, 'm1')).status).toBe(200));
});
