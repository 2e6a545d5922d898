import { status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import type { Backend } from './backend.ts';
import { startGeneric, type GenericOptions } from './start-backend.ts';
import { Rejection } from './unary.ts';
import { TestClient } from '../../../test/support/backend-client.ts';

const PROTO = 'bi/leke/v1/order.proto';
const SERVICE = 'bi.leke.v1.OrderService';
const METHOD = 'TaobaoSyncFullOrder';
const opened: { backend: Backend; client: TestClient }[] = [];

afterEach(async () => {
  for (const { backend, client } of opened.splice(0)) {
    client.close();
    await backend.stop();
  }
});

async function open(options: Partial<GenericOptions> = {}) {
  const backend = await startGeneric({ protoFile: PROTO, service: SERVICE, ...options });
  const client = new TestClient(backend.address, PROTO, SERVICE);
  opened.push({ backend, client });
  return { backend, client };
}

const withKey = (runKey: string) => ({ metadata: { 'x-run-key': runKey } });

test('a method without a handler answers the default reply', async () => {
  const { backend, client } = await open();
  expect(await client.call(METHOD, {})).toEqual({
    reply: { ordersRead: '0', ordersStored: '0', pages: '0', shops: 0, repeatedRun: false },
  });
  expect(backend.name).toBe(SERVICE);
});

test('a handler answers its reply, a Rejection its status, any other error INTERNAL', async () => {
  const { client, backend } = await open({
    handlers: {
      TaobaoSyncFullOrder: ({ pageSize }) => ({ pages: Number(pageSize) * 2 }),
      TaobaoSyncIncrementOrder({ pageSize }) {
        throw pageSize === 1 ? new Rejection(status.OUT_OF_RANGE, 'too far') : new TypeError('a bug');
      },
    },
  });
  expect(await client.call(METHOD, { pageSize: 21 })).toMatchObject({ reply: { pages: '42' } });
  expect(await client.call('TaobaoSyncIncrementOrder', { pageSize: 1 })).toEqual({
    code: status.OUT_OF_RANGE,
    details: 'too far',
  });
  expect(await client.call('TaobaoSyncIncrementOrder', {})).toEqual({ code: status.INTERNAL, details: 'a bug' });
  expect(backend.calls.all().map(({ outcome }) => outcome)).toEqual(['ok', 'OUT_OF_RANGE', 'INTERNAL']);
  expect(backend.workDone).toBe(1);
});

test('the call log keeps metadata, deadline and the request in JSON', async () => {
  const { backend, client } = await open();
  const next = backend.calls.next({ method: METHOD });
  const run = { runKey: 'in-request', slot: { seconds: 1_780_000_000 }, trigger: 'TRIGGER_KIND_MANUAL', task: 't' };
  await client.call(
    METHOD,
    { run, shopIds: ['100001'], pageSize: 5 },
    { deadline: Date.now() + 30_000, metadata: { 'x-request-id': 'r1', traceparent: '00-1-2-01' } },
  );
  const call = await next;
  expect(await call.ended).toBe('ok');
  expect(call).toMatchObject({ method: METHOD, runKey: 'in-request', outcome: 'ok' });
  expect(call.metadata).toMatchObject({
    'x-request-id': 'r1',
    traceparent: '00-1-2-01',
    'user-agent': expect.stringContaining('grpc-node-js'),
  });
  expect(call.deadlineMs).toBeGreaterThan(0);
  expect(call.deadlineMs).toBeLessThanOrEqual(30_000);
  expect(call.request).toEqual({
    run: { ...run, slot: '2026-05-28T20:26:40.000Z' },
    window: null,
    shopIds: ['100001'],
    pageSize: 5,
  });
});

test('a call without a deadline is logged without one, and clear() empties the log', async () => {
  const { backend, client } = await open();
  await client.call(METHOD, {});
  expect(backend.calls.all()).toMatchObject([{ deadlineMs: undefined, runKey: '' }]);
  backend.calls.clear();
  expect(backend.calls.count()).toBe(0);
});

test('calls are counted by method and run key', async () => {
  const { backend, client } = await open();
  await client.call(METHOD, {}, withKey('a'));
  await client.call('TaobaoSyncIncrementOrder', {}, withKey('a'));
  await client.call(METHOD, {}, withKey('b'));
  expect(backend.calls.count()).toBe(3);
  expect(backend.calls.count({ runKey: 'a' })).toBe(2);
  expect(backend.calls.count({ method: METHOD, runKey: 'a' })).toBe(1);
});

test('a run key works once per method; without a key each call works', async () => {
  const { backend, client } = await open({ handlers: { TaobaoSyncFullOrder: () => ({ ordersRead: 7 }) } });
  expect(await client.call(METHOD, {}, withKey('k'))).toMatchObject({ reply: { ordersRead: '7', repeatedRun: false } });
  expect(await client.call(METHOD, { run: { runKey: 'k' } })).toMatchObject({
    reply: { ordersRead: '7', repeatedRun: true },
  });
  expect(backend.workDone).toBe(1);
  await client.call('TaobaoSyncIncrementOrder', {}, withKey('k'));
  expect(backend.workDone).toBe(2);
  await client.call(METHOD, {});
  await client.call(METHOD, {});
  expect(backend.workDone).toBe(4);
});

test('metadata x-run-key goes before the key in the request', async () => {
  const { backend, client } = await open();
  await client.call(METHOD, { run: { runKey: 'in-request' } }, withKey('in-metadata'));
  expect(backend.calls.all()).toMatchObject([{ runKey: 'in-metadata' }]);
});

test('a second call with a running key waits for the first', async () => {
  const gate = Promise.withResolvers<object>();
  const { backend, client } = await open({ handlers: { TaobaoSyncFullOrder: () => gate.promise } });
  const firstArrived = backend.calls.next();
  const first = client.call(METHOD, {}, withKey('k'));
  await firstArrived;
  const secondArrived = backend.calls.next();
  const second = client.call(METHOD, {}, withKey('k'));
  expect((await secondArrived).outcome).toBe('pending');
  gate.resolve({ ordersRead: 3 });
  expect(await first).toMatchObject({ reply: { ordersRead: '3', repeatedRun: false } });
  expect(await second).toMatchObject({ reply: { ordersRead: '3', repeatedRun: true } });
  expect(backend.workDone).toBe(1);
});

test('a run key that failed is free again', async () => {
  const { backend, client } = await open();
  backend.faults.set({ kind: 'status', code: status.ABORTED, times: 1 });
  expect(await client.call(METHOD, {}, withKey('k'))).toMatchObject({ code: status.ABORTED });
  expect(await client.call(METHOD, {}, withKey('k'))).toMatchObject({ reply: { repeatedRun: false } });
});

test('work whose caller has gone is done, and its key answers what was done', async () => {
  const gate = Promise.withResolvers<object>();
  const { backend, client } = await open({ handlers: { TaobaoSyncFullOrder: () => gate.promise } });
  const cancel = new AbortController();
  const arrived = backend.calls.next();
  const result = client.call(METHOD, {}, { ...withKey('k'), cancel: cancel.signal });
  const call = await arrived;
  cancel.abort();
  expect(await result).toMatchObject({ code: status.CANCELLED });
  expect(await call.ended).toBe('cancelled');
  gate.resolve({ ordersRead: 9 });
  expect(await client.call(METHOD, {}, withKey('k'))).toMatchObject({ reply: { ordersRead: '9', repeatedRun: true } });
  expect(backend.workDone).toBe(1);
  expect(call.outcome).toBe('cancelled');
});

test('a service that the file does not define is refused at the start', async () => {
  await expect(startGeneric({ protoFile: PROTO, service: 'bi.leke.v1.Nobody' })).rejects.toThrow(
    'bi/leke/v1/order.proto: no service bi.leke.v1.Nobody',
  );
});

test('serves further services with empty replies, and keeps its own work for a service that it has', async () => {
  const more = [
    { protoFile: 'bi/leke/v1/goods.proto', service: 'bi.leke.v1.GoodsService' },
    { protoFile: PROTO, service: SERVICE },
  ];
  const { backend, client } = await open({ more, handlers: { [METHOD]: () => ({ ordersRead: 5 }) } });
  const goods = new TestClient(backend.address, 'bi/leke/v1/goods.proto', 'bi.leke.v1.GoodsService');
  expect(await goods.call('TaobaoItemsOnsale', {}, withKey('g1'))).toMatchObject({ reply: { goodsRead: '0' } });
  expect(await client.call(METHOD, {}, withKey('o1'))).toMatchObject({ reply: { ordersRead: '5' } });
  goods.close();
});
