import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { RunError } from '../run-error.ts';
import { loadMethod } from './method.ts';
import { unary } from './rpc.ts';

const ORDERS = 'bi/leke/v1/order.proto';
const FULL = 'bi.leke.v1.OrderService/TaobaoSyncFullOrder';

test('a method has the path of HTTP/2', async () => {
  expect((await loadMethod(unary(ORDERS, FULL))).path).toBe('/bi.leke.v1.OrderService/TaobaoSyncFullOrder');
});

test('encodes a request', async () => {
  const method = await loadMethod<object, object>(unary(ORDERS, FULL));
  expect(method.encode({ shopIds: ['a', 'b'], pageSize: 300 })).toEqual(
    Buffer.from([0x1a, 1, 0x61, 0x1a, 1, 0x62, 0x20, 0xac, 0x02]), // field 3 twice, field 4 as varint
  );
});

test('decodes a reply: every field, 64-bit numbers exact and as text', async () => {
  const method = await loadMethod(unary(ORDERS, FULL));
  const ordersRead = [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]; // field 1, the largest int64
  expect(method.decode(Buffer.from([...ordersRead, 0x20, 3]))).toEqual({
    ordersRead: '9223372036854775807',
    ordersStored: '0',
    pages: '0',
    shops: 3,
    repeatedRun: false,
  });
});

test('a malformed reply is unknown: the work was done', async () => {
  const method = await loadMethod(unary(ORDERS, FULL));
  const error = (() => {
    try {
      return method.decode(Buffer.from([0x0a, 5, 1]));
    } catch (caught) {
      return caught;
    }
  })();
  expect(error).toBeInstanceOf(RunError);
  expect(error).toMatchObject({
    message: `${FULL}: expected a reply of type bi.leke.v1.TaobaoSyncFullOrderReply, got 3 bytes that cannot be decoded`,
    ending: { outcome: 'unknown', reason: 'backend' },
    cause: expect.any(Error),
  });
});

test('reads a request in JSON form with paths below data', async () => {
  const method = await loadMethod(unary(ORDERS, FULL));
  expect(method.readRequest({ window: { start: '2026-11-22T05:40:00Z' }, page_size: 5 })).toEqual({
    window: { start: { seconds: 1_795_326_000, nanos: 0 } },
    pageSize: 5,
  });
  expect(() => method.readRequest({ window: { end: 'now' } })).toThrow(
    'data.window.end: expected an RFC 3339 time such as 2026-11-22T05:40:00Z, got "now"',
  );
});

test.each([
  [
    'bi.leke.v1.OrderService/Nothing',
    `${ORDERS}: expected method bi.leke.v1.OrderService/Nothing, found none of that name`,
  ],
  ['bi.leke.v1.OrderService', `${ORDERS}: expected method bi.leke.v1.OrderService, found none of that name`],
  ['bi.leke.v1.Nobody/TaobaoSyncFullOrder', "no such Service 'bi.leke.v1.Nobody' in Root"],
])('%s is refused', async (method, message) => {
  await expect(loadMethod(unary(ORDERS, method))).rejects.toThrow(message);
});

test('a file that is not there is refused by its name', async () => {
  await expect(loadMethod(unary('bi/nowhere.proto', FULL))).rejects.toThrow(/ENOENT.*bi\/nowhere\.proto/);
});

test.each(['stream Message) returns (Message', 'Message) returns (stream Message'])(
  'a streaming method (%s) is refused',
  async (signature) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'bi-cron-proto-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = path.join(folder, 'x.proto');
    await writeFile(file, `syntax = "proto3"; message Message {} service Service { rpc Flow(${signature}); }`);
    await expect(loadMethod(unary(file, 'Service/Flow'))).rejects.toThrow(
      'Service/Flow: expected a unary method, got a streaming one',
    );
  },
);
