import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { waitUntil } from '../../../test/support/wait-until.ts';
import type { CronFunction } from '../handle.ts';
import { openFunction, type Work } from '../../../test/support/serve-function.ts';
import { manualHeaders, openHost, openWire, requestText, sendManual } from '../../../test/support/http.ts';

/** A backend that answers when the test says so. */
function makeGate(): { work: Work; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<object>();
  return { work: () => promise, open: () => resolve({ goodsRead: 3 }) };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => socket.destroy()).once('error', () => resolve(false));
    socket.once('close', (hadError) => resolve(!hadError));
  });
}

test('an idle host drains at once and closes its port', async () => {
  const { fn } = await openFunction();
  const host = await openHost(fn);
  expect(await isOpen(host.port)).toBe(true);
  await host.drain();
  expect(await isOpen(host.port)).toBe(false);
});

test('a run under way is finished and answered; new events are sent back with 503 meanwhile', async () => {
  const gate = makeGate();
  const { fn, backend } = await openFunction({}, gate.work);
  const host = await openHost(fn);
  const arrived = backend.calls.next();
  const running = sendManual(host.port, 'm1');
  await arrived;
  let hasDrained = false;
  const drained = host.drain().then(() => (hasDrained = true));
  const refused = await sendManual(host.port, 'm2');
  expect(refused.status).toBe(503);
  expect(refused.headers.get('connection')).toBe('close');
  expect(refused.body).toEqual({
    outcome: 'unavailable',
    reason: 'draining',
    message: 'process: expected one that takes new runs, got one that is shutting down; send the event again',
    runKey: 'probe@manual:m2',
  });
  expect(hasDrained).toBe(false);
  gate.open();
  expect(await running).toMatchObject({ status: 200, body: { data: { summary: { rows: 3 } } } });
  await drained;
  expect(await isOpen(host.port)).toBe(false);
  expect(backend.calls.count()).toBe(1);
});

test('a run under way at SIGTERM answers that its connection closes', async () => {
  const gate = makeGate();
  const { fn, backend } = await openFunction({}, gate.work);
  const host = await openHost(fn);
  const arrived = backend.calls.next();
  const { socket, ended } = openWire(host.port);
  socket.write(requestText('POST / HTTP/1.1', { host: 'x', ...manualHeaders('m1'), 'content-length': '0' }));
  await arrived;
  const drained = host.drain();
  gate.open();
  expect(await ended).toMatch(/^HTTP\/1\.1 200 [^]*^connection: close\r$/im);
  await drained;
});

test.each([
  ['a body half sent', 0],
  ['a body of which a byte comes now and then', 100],
])('%s at SIGTERM is answered 503 within a second or so, not when its sender gives up', async (_title, everyMs) => {
  const { fn, backend } = await openFunction();
  const host = await openHost(fn);
  const { socket, ended } = openWire(host.port);
  const headers = { host: 'x', ...manualHeaders('m1'), 'content-type': 'application/json', 'content-length': '1000' };
  socket.write(requestText('POST / HTTP/1.1', headers, '{"shopIds":'));
  const timer = everyMs === 0 ? undefined : setInterval(() => socket.write(' '), everyMs);
  onTestFinished(() => clearInterval(timer));
  await sendManual(host.port, 'm0'); // answered behind what is on the wire
  await host.drain();
  const answer = await ended;
  expect(answer).toMatch(/^HTTP\/1\.1 503 [^]*^connection: close\r$/im);
  expect(answer).toContain('"reason":"draining"');
  expect(backend.calls.count()).toBe(1);
});

test('a body that comes whole within a second of SIGTERM joins the run under way', async () => {
  const gate = makeGate();
  const { fn, backend } = await openFunction({}, gate.work);
  const host = await openHost(fn);
  const arrived = backend.calls.next();
  const first = sendManual(host.port, 'm1');
  await arrived;
  const { socket, ended } = openWire(host.port);
  const headers = { host: 'x', ...manualHeaders('m1'), 'content-type': 'application/json', 'content-length': '2' };
  socket.write(requestText('POST / HTTP/1.1', headers, '{'));
  expect((await sendManual(host.port, 'm2')).status).toBe(409); // answered behind what is on the wire
  const drained = host.drain();
  socket.write('}');
  await sendManual(host.port, 'm3');
  gate.open();
  expect((await first).status).toBe(200);
  expect(await ended).toMatch(/^HTTP\/1\.1 200 /);
  await drained;
  expect(backend.calls.count()).toBe(1);
});

test('the event of the run under way, sent again meanwhile, gets its answer', async () => {
  const gate = makeGate();
  const { fn, backend } = await openFunction({}, gate.work);
  const host = await openHost(fn);
  const arrived = backend.calls.next();
  const first = sendManual(host.port, 'm1');
  await arrived;
  const drained = host.drain();
  const { socket, received } = openWire(host.port);
  socket.write(requestText('POST / HTTP/1.1', { host: 'x', ...manualHeaders('m1'), 'content-length': '0' }));
  await sendManual(host.port, 'm2'); // answered behind the one on the wire, which is in by then
  gate.open();
  expect((await first).status).toBe(200);
  await drained;
  await waitUntil(() => expect(received()).toMatch(/^HTTP\/1\.1 200 [^]*"rows":3/));
  expect(backend.calls.count()).toBe(1);
});

test('a second drain is the first', async () => {
  const { fn } = await openFunction();
  const host = await openHost(fn);
  const first = host.drain();
  expect(host.drain()).toBe(first);
  await first;
  expect(host.drain()).toBe(first);
});

test('idle connections do not hold it up', async () => {
  const { fn } = await openFunction();
  const host = await openHost(fn);
  const used = openWire(host.port);
  used.socket.write(requestText('POST / HTTP/1.1', { host: 'x', ...manualHeaders('m1'), 'content-length': '0' }));
  await waitUntil(() => expect(used.received()).toContain('"rows":7'));
  const fresh = openWire(host.port);
  await waitUntil(() => expect(fresh.socket.readyState).toBe('open'));
  await host.drain();
  await Promise.all([used.ended, fresh.ended]);
});

test('a run that outlasts the run budget is ended and answered', async () => {
  const { fn, backend } = await openFunction();
  const host = await openHost({ ...fn, bootstrap: { ...fn.bootstrap, budgetMs: 1 } });
  backend.faults.set({ kind: 'hang' });
  const arrived = backend.calls.next();
  const running = sendManual(host.port, 'm1');
  const call = await arrived;
  await host.drain();
  expect(await running).toMatchObject({ status: 503, body: { outcome: 'unknown', reason: 'cancelled' } });
  expect(await call.ended).toBe('cancelled');
});

test('a run that has not called yet when its budget is over is ended as draining', async () => {
  const { fn, nacos } = await openFunction();
  const host = await openHost({ ...fn, bootstrap: { ...fn.bootstrap, budgetMs: 1 } });
  expect((await sendManual(host.port, 'm0')).status).toBe(200); // uses what was prepared early
  await nacos.faults.set('hang');
  const before = nacos.requests.count();
  const running = sendManual(host.port, 'm1');
  await waitUntil(() => expect(nacos.requests.count()).toBeGreaterThan(before));
  await host.drain();
  expect(await running).toMatchObject({
    status: 503,
    body: {
      outcome: 'unavailable',
      reason: 'draining',
      message: 'process: expected the run to end within RUN_BUDGET of SIGTERM, got no end',
    },
  });
});

test('the log line is written before it ends', async () => {
  const { fn } = await openFunction();
  const logging = Promise.withResolvers<void>();
  const written: string[] = [];
  const slow: CronFunction = {
    ...fn,
    handle: async (request, caller) => ({
      ...(await fn.handle(request, caller)),
      log: () => logging.promise.then(() => void written.push('line')),
    }),
  };
  const host = await openHost(slow);
  expect((await sendManual(host.port, 'm1')).status).toBe(200); // the answer does not wait for the line
  const drained = host.drain().then(() => written.push('drained'));
  expect((await sendManual(host.port, 'm2')).status).toBe(503); // the port is still open: it waits for the line
  expect(written).toEqual([]);
  logging.resolve();
  await drained;
  expect(written).toEqual(['line', 'line', 'drained']);
});
