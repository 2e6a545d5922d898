import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createFunction } from './handle.ts';
import { openFunction, startTestEnv } from '../../test/support/serve-function.ts';
import { openHost, sendManual } from '../../test/support/http.ts';
import { unary } from './grpc/rpc.ts';
import { RunError } from './run-error.ts';
import type { Task } from './task.ts';

/** Throws once, then does what it should. */
function failOnce<Value>(thrown: unknown, value: Value): () => Value {
  let left = 1;
  return () => {
    left -= 1;
    if (left >= 0) throw thrown;
    return value;
  };
}

const REQUEST = { shopIds: ['100001'], pageSize: 40 };
const BUGS: [name: string, changes: () => Partial<Task>, calls: number][] = [
  ['a request() that throws', () => ({ request: failOnce(new TypeError('secret'), REQUEST) }), 0],
  ['a check() that throws', () => ({ check: failOnce(new RangeError('secret'), []) }), 0],
  ['a summarise() that throws', () => ({ summarise: failOnce(new Error('secret'), { rows: 1 }) }), 1],
  ['a throw of what is no Error', () => ({ check: failOnce('secret', []) }), 0],
  ['a throw of nothing', () => ({ check: failOnce(undefined, []) }), 0],
  ['a check() that gives no list', () => ({ check: failOnceThen(undefined, []) }), 0],
  ['a request() that protobufjs cannot encode', () => ({ request: failOnceThen({ shopIds: 5 }, REQUEST) }), 0],
];

/** Gives one value, then the other. */
function failOnceThen(first: unknown, later: unknown): () => never {
  const values = [first];
  return () => (values.length > 0 ? values.pop() : later) as never; // what a task's types would forbid
}

test.each(BUGS)('%s is 500 for that event alone, and says nothing of itself', async (_name, changes, calls) => {
  const { fn, backend } = await openFunction(changes());
  const { port } = await openHost(fn);
  expect(await sendManual(port, 'm1')).toMatchObject({
    status: 500,
    body: {
      outcome: 'unknown',
      reason: 'bug',
      message: 'internal error; the log line has the details',
      runKey: 'probe@manual:m1',
    },
  });
  expect(backend.calls.count()).toBe(calls);
  expect(await sendManual(port, 'm2')).toMatchObject({ status: 200, body: { data: { outcome: 'done' } } });
});

test.each([
  [true, 200, 'done'],
  [false, 200, 'skipped'],
])('a bug behind the call, task safe to repeat: %s, sent again: %i %s', async (safeToRepeat, status, outcome) => {
  const { fn, backend } = await openFunction({ safeToRepeat, summarise: failOnce(new Error('x'), { rows: 1 }) });
  const { port } = await openHost(fn);
  expect((await sendManual(port, 'm1')).status).toBe(500);
  expect(await sendManual(port, 'm1')).toMatchObject({ status, body: { data: { outcome } } });
  expect(backend.calls.count()).toBe(safeToRepeat ? 2 : 1);
});

test('two senders of one event share one call and its answer', async () => {
  const { promise, resolve } = Promise.withResolvers<object>();
  const { fn, backend } = await openFunction({}, () => promise);
  const { port } = await openHost(fn);
  const arrived = backend.calls.next();
  const first = sendManual(port, 'm1');
  await arrived;
  const second = sendManual(port, 'm1');
  const other = await sendManual(port, 'm2');
  expect(other).toMatchObject({ status: 409, body: { outcome: 'busy', holder: { runKey: 'probe@manual:m1' } } });
  resolve({ goodsRead: 5 });
  expect([await first, await second]).toMatchObject([
    { status: 200, body: { data: { summary: { rows: 5 } } } },
    { status: 200, body: { data: { summary: { rows: 5 } } } },
  ]);
  expect(backend.calls.count()).toBe(1);
});

test('when one of two senders hangs up, the call goes on for the other', async () => {
  const { promise, resolve } = Promise.withResolvers<object>();
  const { fn, backend } = await openFunction({}, () => promise);
  const { port } = await openHost(fn);
  const arrived = backend.calls.next();
  const impatient = new AbortController();
  const first = sendManual(port, 'm1', { signal: impatient.signal }).catch((error: unknown) => error);
  const call = await arrived;
  const second = sendManual(port, 'm1');
  await sendManual(port, 'm2'); // answered behind the second, which has joined by then
  impatient.abort();
  await first;
  await sendManual(port, 'm3'); // answered behind the hanging up
  expect(call.outcome).toBe('pending');
  resolve({ goodsRead: 5 });
  expect((await second).status).toBe(200);
});

test('drain() refuses new events, abort() ends the run under way', async () => {
  const { fn, backend } = await openFunction();
  backend.faults.set({ kind: 'hang' });
  const { port } = await openHost(fn);
  const arrived = backend.calls.next();
  const running = sendManual(port, 'm1');
  await arrived;
  fn.drain();
  expect(await sendManual(port, 'm2')).toMatchObject({ status: 503, body: { reason: 'draining' } });
  fn.abort(new RunError({ outcome: 'unavailable', reason: 'draining' }, 'x'));
  expect(await running).toMatchObject({ status: 503, body: { outcome: 'unknown', reason: 'cancelled' } });
});

test('a token that Nacos gave is hidden where Nacos quotes it', async () => {
  const token = 'opaque+8f14e45fceea167a';
  const server = createServer((request, response) => {
    const isLogin = request.resume().url?.includes('login') === true;
    const reply = isLogin ? { accessToken: token, tokenTtl: 18_000 } : { code: 403, message: `${token} is unknown` };
    response.writeHead(isLogin ? 200 : 403, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port: nacosPort } = server.address() as AddressInfo; // a TCP server's address is no string
  const { fn } = await openFunction({}, undefined, {
    NACOS_SERVER_ADDR: `127.0.0.1:${nacosPort}`,
    NACOS_USERNAME: 'bi-cron',
    NACOS_PASSWORD: 'not-the-token',
  });
  const { port } = await openHost(fn);
  const { status, body } = await sendManual(port, 'm1');
  expect([status, JSON.stringify(body)]).toEqual([422, expect.stringContaining('[redacted] is unknown')]);
});

test('a wrong environment rejects with every problem', async () => {
  const { fn } = await openFunction();
  expect(fn.bootstrap.deployEnv).toBe('dev');
  const task = { name: 'probe', rpc: unary('bi/leke/v1/goods.proto', 'bi.leke.v1.GoodsService/TaobaoItemsOnsale') };
  await expect(createFunction(task as Task, { PORT: 'x' })).rejects.toThrow(
    /^environment: 3 problem\(s\)\n {2}DEPLOY_ENV: .+\n {2}NACOS_SERVER_ADDR: .+\n {2}PORT: .+$/,
  );
});

test('a task whose method does not exist never gets ready', async () => {
  const { env } = await startTestEnv();
  const task = {
    name: 'probe',
    backend: 'b',
    options: {},
    rpc: unary('bi/leke/v1/goods.proto', 'bi.leke.v1.GoodsService/Nothing'),
  };
  const { ready } = await createFunction(task as unknown as Task, env);
  await expect(ready).rejects.toThrow(
    'bi/leke/v1/goods.proto: expected method bi.leke.v1.GoodsService/Nothing, found none of that name',
  );
});
