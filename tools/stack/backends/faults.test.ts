import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Backend } from './backend.ts';
import { startGeneric } from './start-backend.ts';
import { TestClient } from '../../../test/support/backend-client.ts';

const PROTO = 'bi/leke/v1/goods.proto';
const SERVICE = 'bi.leke.v1.GoodsService';
const METHOD = 'TaobaoItemsOnsale';
let backend: Backend;
let client: TestClient;

beforeEach(async () => {
  backend = await startGeneric({
    protoFile: PROTO,
    service: SERVICE,
    handlers: { TaobaoItemsOnsale: () => ({ goodsRead: 5 }) },
  });
  client = new TestClient(backend.address, PROTO, SERVICE);
});

afterEach(async () => {
  client.close();
  await backend.stop();
});

const ERROR_CODES = Object.values(status).filter(
  (code): code is status => typeof code === 'number' && code !== status.OK,
);

test('any status is answered, by number and by name, and nothing is done', async () => {
  expect(ERROR_CODES).toHaveLength(16);
  for (const code of ERROR_CODES) {
    backend.faults.set({ kind: 'status', code, message: `as told ${code}` });
    expect(await client.call(METHOD, {})).toEqual({ code, details: `as told ${code}` });
  }
  backend.faults.set({ kind: 'status', code: 'UNAVAILABLE' });
  expect(await client.call(METHOD, {})).toMatchObject({ code: status.UNAVAILABLE });
  expect(backend.calls.all().at(-1)?.outcome).toBe('UNAVAILABLE');
  expect(backend.workDone).toBe(0);
});

test('a status carries the trailer that asks for a repetition', async () => {
  backend.faults.set({ kind: 'status', code: 'UNAVAILABLE', retryPushbackMs: 0 });
  expect(await client.call(METHOD, {})).toMatchObject({ code: status.UNAVAILABLE, retryPushbackMs: '0' });
});

test('a fault lasts as many times as told, or until clear()', async () => {
  backend.faults.set({ kind: 'status', code: 'INTERNAL', times: 2 });
  const codes = [];
  for (let index = 0; index < 3; index++) codes.push('code' in (await client.call(METHOD, {})));
  expect(codes).toEqual([true, true, false]);
  backend.faults.set({ kind: 'status', code: 'INTERNAL' });
  expect(await client.call(METHOD, {})).toMatchObject({ code: status.INTERNAL });
  backend.faults.clear();
  expect(await client.call(METHOD, {})).toMatchObject({ reply: { goodsRead: '5' } });
});

test('OK is no fault', () => {
  expect(() => backend.faults.set({ kind: 'status', code: 'OK' })).toThrow(RangeError);
});

test('slow: the deadline passes, the work is done all the same', async () => {
  backend.faults.set({ kind: 'slow', ms: 1000, times: 1 });
  const arrived = backend.calls.next();
  expect(await client.call(METHOD, {}, { deadline: Date.now() + 500, metadata: { 'x-run-key': 'k' } })).toMatchObject({
    code: status.DEADLINE_EXCEEDED,
  });
  expect(await (await arrived).ended).toBe('cancelled');
  await expect.poll(() => backend.workDone).toBe(1);
  expect(await client.call(METHOD, {}, { metadata: { 'x-run-key': 'k' } })).toMatchObject({
    reply: { goodsRead: '5', repeatedRun: true },
  });
});

test('hang: the call ends when its caller gives up, and its connection stays', async () => {
  backend.faults.set({ kind: 'hang', times: 1 });
  const arrived = backend.calls.next();
  const cancel = new AbortController();
  const result = client.call(METHOD, {}, { cancel: cancel.signal });
  const call = await arrived;
  const beside = await client.call(METHOD, {});
  expect(beside).toMatchObject({ reply: { goodsRead: '5' } });
  expect(call.outcome).toBe('pending');
  cancel.abort();
  expect(await result).toMatchObject({ code: status.CANCELLED });
  expect(await call.ended).toBe('cancelled');
  expect(backend.workDone).toBe(1);
});

test('stop() does not wait for a call that hangs', async () => {
  backend.faults.set({ kind: 'hang' });
  const arrived = backend.calls.next();
  const result = client.call(METHOD, {});
  const call = await arrived;
  await backend.stop();
  expect(await call.ended).toBe('closed');
  expect(await result).toMatchObject({ code: status.UNAVAILABLE });
});

test.each([
  ['on-receive', 0],
  ['before-reply', 1],
] as const)('close-connection %s: the caller sees UNAVAILABLE, work done %i times', async (when, workDone) => {
  backend.faults.set({ kind: 'close-connection', when, times: 1 });
  expect(await client.call(METHOD, {})).toMatchObject({ code: status.UNAVAILABLE });
  expect(backend.calls.all().map(({ outcome }) => outcome)).toEqual(['closed']);
  expect(backend.workDone).toBe(workDone);
  expect(await client.call(METHOD, {})).toMatchObject({ reply: { goodsRead: '5' } });
});

test('huge-reply: a client with a smaller limit gives RESOURCE_EXHAUSTED, within the limit it reads the reply', async () => {
  backend.faults.set({ kind: 'huge-reply', bytes: 100_000 });
  expect(await client.call(METHOD, {})).toMatchObject({ reply: { goodsRead: '5' } });
  backend.faults.set({ kind: 'huge-reply', bytes: 5 * 1024 * 1024 });
  expect(await client.call(METHOD, {})).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  expect(backend.workDone).toBe(2);
});
