import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backend } from './backend.ts';
import { startLeke } from './leke.ts';
import { TestClient } from '../../../test/support/backend-client.ts';

const NOW = new Date('2026-06-15T04:00:00Z');
let leke: Backend;
let orders: TestClient;
let goods: TestClient;

beforeAll(async () => {
  leke = await startLeke({ now: () => NOW });
  orders = new TestClient(leke.address, 'bi/leke/v1/order.proto', 'bi.leke.v1.OrderService');
  goods = new TestClient(leke.address, 'bi/leke/v1/goods.proto', 'bi.leke.v1.GoodsService');
});

afterAll(async () => {
  orders.close();
  goods.close();
  await leke.stop();
});

function window(start: string, end: string) {
  const timestamp = (text: string) => ({ seconds: Date.parse(text) / 1000 });
  return { start: timestamp(start), end: timestamp(end) };
}

async function count(client: TestClient, method: string, request: object): Promise<Record<string, number>> {
  const result = await client.call(method, { shopIds: ['100001'], pageSize: 50, ...request });
  if (!('reply' in result)) throw new Error(result.details);
  return Object.fromEntries(Object.entries(result.reply).map(([key, value]) => [key, Number(value)]));
}

test.each([
  ['today', '2026-06-15T01:00:00Z', '2026-06-15T03:00:00Z'],
  ['two months ago', '2026-04-15T01:00:00Z', '2026-04-15T03:00:00Z'],
])('two hours of orders of %s are a plausible number', async (_, start, end) => {
  const { ordersRead } = await count(orders, 'TaobaoSyncFullOrder', { window: window(start, end) });
  expect(ordersRead).toBeGreaterThanOrEqual(2);
  expect(ordersRead).toBeLessThan(60);
});

test('neighbouring windows share no order and miss none', async () => {
  const read = async (start: string, end: string) =>
    (await count(orders, 'TaobaoSyncFullOrder', { window: window(start, end) }))['ordersRead'] ?? 0;
  const [whole, first, second] = [
    await read('2026-05-01T00:00:00Z', '2026-05-02T00:00:00Z'),
    await read('2026-05-01T00:00:00Z', '2026-05-01T09:17:23Z'),
    await read('2026-05-01T09:17:23Z', '2026-05-02T00:00:00Z'),
  ];
  expect(first).toBeGreaterThan(0);
  expect(second).toBeGreaterThan(0);
  expect(first + second).toBe(whole);
});

test('nothing happens after now', async () => {
  const { ordersRead, pages } = await count(orders, 'TaobaoSyncFullOrder', {
    window: window('2026-06-15T04:00:01Z', '2026-06-15T09:00:00Z'),
  });
  expect({ ordersRead, pages }).toEqual({ ordersRead: 0, pages: 1 });
});

test('pages are counted per shop by page size', async () => {
  const ask = (pageSize: number, shopIds: string[]) =>
    count(orders, 'TaobaoSyncFullOrder', {
      window: window('2026-05-10T00:00:00Z', '2026-05-11T00:00:00Z'),
      pageSize,
      shopIds,
    });
  const one = await ask(1, ['100001']);
  expect(one['pages']).toBe(one['ordersRead']);
  const ten = await ask(10, ['100001']);
  expect(ten['pages']).toBe(Math.ceil((ten['ordersRead'] ?? 0) / 10));
  const other = await ask(10, ['100002']);
  const both = await ask(10, ['100001', '100002', '100001']);
  expect(both).toMatchObject({ shops: 2, pages: (ten['pages'] ?? 0) + (other['pages'] ?? 0) });
});

test('an overlapping increment stores the new and changed orders only', async () => {
  const shopIds = ['100003'];
  const ask = (start: string, end: string) =>
    count(orders, 'TaobaoSyncIncrementOrder', { shopIds, window: window(start, end) });
  const first = await ask('2026-06-14T20:00:00Z', '2026-06-15T00:00:00Z');
  expect(first['ordersRead']).toBeGreaterThan(0);
  expect(first['ordersStored']).toBe(first['ordersRead']);

  const overlap = await ask('2026-06-14T23:00:00Z', '2026-06-15T00:00:00Z');
  const next = await ask('2026-06-14T23:00:00Z', '2026-06-15T03:00:00Z');
  expect(overlap['ordersRead']).toBeGreaterThan(0);
  expect(overlap['ordersStored']).toBe(0);
  expect(next['ordersStored']).toBe((next['ordersRead'] ?? 0) - (overlap['ordersRead'] ?? 0));
});

test('goods without a window are all goods on sale, with one those modified in it', async () => {
  const all = await count(goods, 'TaobaoItemsOnsale', { pageSize: 200 });
  expect(all['goodsRead']).toBeGreaterThanOrEqual(600);
  expect(all['goodsStored']).toBe(all['goodsRead']);
  const recent = await count(goods, 'TaobaoItemsOnsale', {
    window: window('2026-06-14T04:00:00Z', '2026-06-15T04:00:00Z'),
  });
  expect(recent['goodsRead']).toBeGreaterThan(0);
  expect(recent['goodsRead']).toBeLessThan(all['goodsRead'] ?? 0);
  const old = await count(goods, 'TaobaoItemsOnsale', {
    window: window('2026-04-10T00:00:00Z', '2026-04-20T00:00:00Z'),
  });
  expect(old['goodsRead']).toBeGreaterThan(0);
});

test('the same seed and time give the same figures, another seed others', async () => {
  const request = { window: window('2026-04-01T00:00:00Z', '2026-05-01T00:00:00Z') };
  const expected = await count(orders, 'TaobaoSyncFullOrder', { ...request, shopIds: ['100007'] });
  for (const [seed, isSame] of [
    [1, true],
    [2, false],
  ] as const) {
    const twin = await startLeke({ seed, now: () => NOW });
    const client = new TestClient(twin.address, 'bi/leke/v1/order.proto', 'bi.leke.v1.OrderService');
    const figures = await count(client, 'TaobaoSyncFullOrder', { ...request, shopIds: ['100007'] });
    client.close();
    await twin.stop();
    expect(figures['ordersRead'] === expected['ordersRead']).toBe(isSame);
  }
});

const DAY = window('2026-06-13T00:00:00Z', '2026-06-14T00:00:00Z');
const INVERTED = window('2026-06-14T00:00:00Z', '2026-06-13T00:00:00Z');

test.each<[string, string, object, number, RegExp]>([
  ['TaobaoSyncIncrementOrder', 'no window', { window: null }, status.INVALID_ARGUMENT, /^window: expected/],
  ['TaobaoSyncIncrementOrder', 'one end', { window: { start: DAY.start } }, status.INVALID_ARGUMENT, /^window\.end:/],
  ['TaobaoSyncIncrementOrder', 'inverted', { window: INVERTED }, status.INVALID_ARGUMENT, /^window\.end: .* after/],
  [
    'TaobaoSyncIncrementOrder',
    'a day and a second',
    { window: window('2026-06-13T00:00:00Z', '2026-06-14T00:00:01Z') },
    status.INVALID_ARGUMENT,
    /^window: expected at most 24 hours/,
  ],
  ['TaobaoSyncIncrementOrder', 'page size 101', { pageSize: 101 }, status.INVALID_ARGUMENT, /^page_size: .* got 101$/],
  [
    'TaobaoSyncIncrementOrder',
    'page size 0',
    { pageSize: 0 },
    status.INVALID_ARGUMENT,
    /^page_size: expected 1 to 100/,
  ],
  ['TaobaoSyncIncrementOrder', 'no shops', { shopIds: [] }, status.INVALID_ARGUMENT, /^shop_ids: /],
  ['TaobaoSyncIncrementOrder', 'unknown shop', { shopIds: ['100001', '7'] }, status.NOT_FOUND, /^shop_ids\[1\]: .*"7"/],
  ['TaobaoSyncFullOrder', 'no window', { window: null }, status.INVALID_ARGUMENT, /^window: expected/],
  [
    'TaobaoSyncFullOrder',
    'a second older than three months',
    { window: window('2026-03-15T03:59:59Z', '2026-03-16T00:00:00Z') },
    status.INVALID_ARGUMENT,
    /^window\.start: .* 3 months/,
  ],
])('%s refuses: %s', async (method, _, change, code, message) => {
  const before = leke.workDone;
  const result = await orders.call(method, { shopIds: ['100001'], pageSize: 50, window: DAY, ...change });
  expect(result).toEqual({ code, details: expect.stringMatching(message) });
  expect(leke.workDone).toBe(before);
});

test('the limits themselves are allowed: a day, three months, page sizes 100 and 200', async () => {
  await count(orders, 'TaobaoSyncIncrementOrder', { window: DAY, pageSize: 100 });
  const quarter = await count(orders, 'TaobaoSyncFullOrder', {
    window: window('2026-03-15T04:00:00Z', '2026-06-15T04:00:00Z'),
  });
  expect(quarter['ordersRead']).toBeGreaterThan(1000);
  await count(goods, 'TaobaoItemsOnsale', { pageSize: 200 });
});

test('goods refuse page size 201', async () => {
  const result = await goods.call('TaobaoItemsOnsale', { shopIds: ['100001'], pageSize: 201 });
  expect(result).toMatchObject({ code: status.INVALID_ARGUMENT });
});
