import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ordersCreated, ordersModified } from './rows.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse('2026-06-15T04:00:00Z');
const moment = fc.integer({ min: NOW_MS - 90 * 24 * HOUR_MS, max: NOW_MS });

test('any cut of a window into two loses and doubles no order', () => {
  fc.assert(
    fc.property(moment, fc.nat(48 * HOUR_MS), fc.nat(48 * HOUR_MS), (startMs, firstMs, secondMs) => {
      for (const read of [ordersCreated, ordersModified]) {
        const ids = (fromMs: number, toMs: number) =>
          read(1, '100001', { startMs: fromMs, endMs: toMs }, NOW_MS).map((order) => order.orderId);
        const cutMs = startMs + firstMs;
        const endMs = cutMs + secondMs;
        expect([...ids(startMs, cutMs), ...ids(cutMs, endMs)].sort()).toEqual(ids(startMs, endMs).sort());
      }
    }),
    { numRuns: 20 },
  );
});

test('every shop has an order in every full hour of the past', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: NOW_MS / HOUR_MS - 1 }), fc.nat(7), (hour, shop) => {
      const span = { startMs: hour * HOUR_MS, endMs: (hour + 1) * HOUR_MS };
      expect(ordersCreated(1, String(100_001 + shop), span, NOW_MS).length).toBeGreaterThan(0);
    }),
  );
});

test('an order changes as time goes by and stays the same order', () => {
  const span = { startMs: NOW_MS - 20 * 24 * HOUR_MS, endMs: NOW_MS - 20 * 24 * HOUR_MS + HOUR_MS };
  const atOnce = ordersCreated(1, '100001', span, span.endMs);
  const later = ordersCreated(1, '100001', span, NOW_MS);
  expect(later.map((order) => order.orderId)).toEqual(atOnce.map((order) => order.orderId));
  expect(new Set(later.map((order) => order.state))).toEqual(new Set(['TRADE_FINISHED']));
  expect(later.every((order, index) => order.modifiedMs >= (atOnce[index]?.modifiedMs ?? Infinity))).toBe(true);
});
