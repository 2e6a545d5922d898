import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backend } from './backend.ts';
import { startJushuitan } from './jushuitan.ts';
import { TestClient } from '../../../test/support/backend-client.ts';

const NOW = new Date('2026-06-15T04:00:00Z');
const DAY_S = 86_400;
const NOW_S = NOW.getTime() / 1000;
let jushuitan: Backend;
let client: TestClient;

beforeAll(async () => {
  jushuitan = await startJushuitan({ now: () => NOW });
  client = new TestClient(jushuitan.address, 'bi/jushuitan/v1/inventory.proto', 'bi.jushuitan.v1.InventoryService');
});

afterAll(async () => {
  client.close();
  await jushuitan.stop();
});

/** A window of `days` that ended `daysAgo`. */
function window(days: number, daysAgo = 0) {
  const end = NOW_S - daysAgo * DAY_S;
  return { start: { seconds: end - days * DAY_S }, end: { seconds: end } };
}

async function rows(request: object): Promise<number> {
  const result = await client.call('AsyncFetch', { pageSize: 100, ...request });
  if (!('reply' in result)) throw new Error(result.details);
  return Number(result.reply['rowsExpected']);
}

test('a window selects the stock modified in it, today and two months ago', async () => {
  const week = await rows({ window: window(7) });
  const day = await rows({ window: window(1) });
  const old = await rows({ window: window(1, 61) });
  expect(old).toBeGreaterThan(0);
  expect(day).toBeGreaterThan(old);
  expect(week).toBeGreaterThan(day);
  expect(week).toBeLessThan(6000);
});

test('the warehouses of a window add up to the whole account', async () => {
  const whole = await rows({ window: window(2) });
  const parts = await Promise.all([10001, 10002, 10003].map((wmsCoId) => rows({ window: window(2), wmsCoId })));
  expect(parts.every((part) => part > 0)).toBe(true);
  expect(parts.reduce((sum, part) => sum + part, 0)).toBe(whole);
});

test('SKUs are found in every warehouse whenever they were modified, unknown ones not', async () => {
  expect(await rows({ skuIds: ['SKU000001', 'SKU002000', 'SKU999999'] })).toBe(6);
  expect(await rows({ skuIds: ['SKU000001'], wmsCoId: 10002 })).toBe(1);
});

test('each accepted fetch is a job of its own, a repeated run key the first job', async () => {
  const ask = (runKey: string) =>
    client.call(
      'AsyncFetch',
      { pageSize: 30, window: window(1), run: { runKey } },
      { metadata: { 'x-run-key': runKey } },
    );
  const first = await ask('inventory-fetch@1');
  const other = await ask('inventory-fetch@2');
  const again = await ask('inventory-fetch@1');
  expect(first).toMatchObject({ reply: { repeatedRun: false, jobId: expect.stringMatching(/^fetch-\d{6}$/) } });
  expect(other).not.toEqual(first);
  expect(again).toEqual({ reply: { ...('reply' in first ? first.reply : {}), repeatedRun: true } });
});

const MANY = Array.from({ length: 101 }, (_, index) => `SKU${index}`);

test.each<[string, object, number, RegExp]>([
  ['neither window nor SKUs', {}, status.INVALID_ARGUMENT, /^window: expected a window with both ends, or sku_ids/],
  ['window and SKUs', { window: window(1), skuIds: ['SKU000001'] }, status.INVALID_ARGUMENT, /^sku_ids: /],
  ['one end', { window: { end: { seconds: NOW_S } } }, status.INVALID_ARGUMENT, /^window\.start: /],
  ['8 days', { window: window(8) }, status.INVALID_ARGUMENT, /^window: expected at most 168 hours/],
  ['101 SKUs', { skuIds: MANY }, status.INVALID_ARGUMENT, /^sku_ids: expected at most 100/],
  ['page size 101', { window: window(1), pageSize: 101 }, status.INVALID_ARGUMENT, /^page_size: /],
  ['page size 0', { window: window(1), pageSize: 0 }, status.INVALID_ARGUMENT, /^page_size: /],
  ['a negative warehouse', { window: window(1), wmsCoId: -1 }, status.INVALID_ARGUMENT, /^wms_co_id: /],
  ['an unknown warehouse', { window: window(1), wmsCoId: 9 }, status.NOT_FOUND, /^wms_co_id: no warehouse 9/],
])('AsyncFetch refuses: %s', async (_, request, code, message) => {
  const result = await client.call('AsyncFetch', { pageSize: 100, ...request });
  expect(result).toEqual({ code, details: expect.stringMatching(message) });
});
