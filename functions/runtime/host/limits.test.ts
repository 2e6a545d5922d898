import { expect, it, vi } from 'vitest';
import { openFunction } from './testing-function.ts';
import { manualHeaders, openHost, openWire, requestText, sendManual } from './testing-http.ts';

it('no header is dropped for being one of too many: a repeated attribute behind 2,500 others is seen', async () => {
  const { fn, backend } = await openFunction();
  const { port } = await openHost(fn);
  const { socket, received } = openWire(port);
  const many = 'a:\r\n'.repeat(2500);
  const event = requestText('POST / HTTP/1.1', { Host: 'a', ...manualHeaders('m1') });
  socket.write(`${event.slice(0, -2)}${many}ce-id: m2\r\n\r\n`);
  await vi.waitFor(() => expect(received()).toMatch(/^HTTP\/1\.1 400 [^]*ce-id: expected one header of this name/));
  expect(backend.calls.count()).toBe(0);
});

it('128 connections are served, the next is cut off, and one that ends makes room', async () => {
  const { fn } = await openFunction();
  const { port } = await openHost(fn);
  const wires = Array.from({ length: 128 }, () => openWire(port));
  await Promise.all(wires.map(({ socket }) => vi.waitFor(() => expect(socket.readyState).toBe('open'))));
  expect(await openWire(port).ended).toBe('');
  wires[0]?.socket.destroy();
  await vi.waitFor(async () => expect((await sendManual(port, 'm1')).status).toBe(200), { timeout: 5000 });
});
