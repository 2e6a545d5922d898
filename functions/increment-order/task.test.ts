import { describe, expect, it } from 'vitest';
import { problemsOf, requestOf, summaryOf } from '../../test/support/task.ts';
import { task } from './task.ts';

const options = { shopIds: ['100001', 100_002] };

describe('by default', () => {
  it('asks for the two hours before the slot, ten minutes of overlap, and 40 orders a page', async () => {
    expect(await requestOf(task, { options })).toEqual({
      window: ['2026-11-22T03:30:00.000Z', '2026-11-22T05:40:00.000Z'],
      shopIds: ['100001', '100002'],
      pageSize: 40,
    });
  });

  it('may be repeated', () => {
    expect(task.safeToRepeat).toBe(true);
  });
});

describe('the configuration', () => {
  it('sets lookback, overlap and page size', async () => {
    const given = { ...options, lookback: '30m', overlap: '5m', pageSize: 100 };
    expect(await requestOf(task, { options: given })).toMatchObject({
      window: ['2026-11-22T05:05:00.000Z', '2026-11-22T05:40:00.000Z'],
      pageSize: 100,
    });
  });

  it('never asks for more than the day that the upstream API allows', async () => {
    expect(await requestOf(task, { options: { ...options, lookback: '7d' } })).toMatchObject({
      window: ['2026-11-21T05:40:00.000Z', '2026-11-22T05:40:00.000Z'],
    });
  });

  it.each([
    [{}, 'bi-cron.yaml'],
    [{ shopIds: [] }, 'bi-cron.yaml:1'],
  ])('%j has no shops, and is refused with the place %s', async (without, place) => {
    expect(await problemsOf(task, { options: without })).toEqual({
      ending: 'rejected: config',
      problems: [`${place} tasks.increment-order.shopIds: expected at least one shop, got none`],
    });
  });

  it.each([{ pageSize: 101 }, { lookback: 'long' }, { overlap: '0s' }, { shopIds: '1' }, { shops: [] }])(
    '%j is refused',
    async (wrong) => {
      const { ending, problems } = await problemsOf(task, { options: { ...options, ...wrong } });
      expect(ending).toBe('rejected: config');
      expect(problems[0]).toContain(`tasks.increment-order.${Object.keys(wrong)[0]}: expected `);
    },
  );
});

describe('the data of an event', () => {
  it('overrides field by field', async () => {
    const data = {
      window: { start: '2026-11-21T00:00:00+08:00', end: '2026-11-22T00:00:00+08:00' },
      shop_ids: ['9'],
    };
    expect(await requestOf(task, { options, data })).toEqual({
      window: ['2026-11-20T16:00:00.000Z', '2026-11-21T16:00:00.000Z'],
      shopIds: ['9'],
      pageSize: 40,
    });
  });

  it('is refused with every problem at once', async () => {
    const data = {
      window: { start: '2026-11-20T00:00:00Z', end: '2026-11-22T00:00:00Z' },
      shopIds: [],
      pageSize: 0,
    };
    expect(await problemsOf(task, { options, data })).toEqual({
      ending: 'rejected: event',
      problems: [
        'data.window.end: expected at most 1d after window.start, got 2d after it',
        'data.shopIds: expected at least one shop, got none',
        'data.pageSize: expected 1 to 100, got 0',
      ],
    });
  });

  it.each([
    [{ window: {} }, 'data.window.start: expected a time (both ends are required), got nothing'],
    [
      { window: { start: '2026-11-22T00:00:00Z' } },
      'data.window.end: expected a time (both ends are required), got nothing',
    ],
    [
      { window: { start: '2026-11-22T01:00:00Z', end: '2026-11-22T00:00:00Z' } },
      'data.window.end: expected a time after window.start (2026-11-22T01:00:00.000Z), got "2026-11-22T00:00:00.000Z"',
    ],
    [{ shopIds: ['1', ''] }, 'data.shopIds: expected no empty shop ID, got ""'],
    [{ pageSize: 101 }, 'data.pageSize: expected 1 to 100, got 101'],
    [{ page: 1 }, 'data.page: expected one of window, shopIds, pageSize, got an unknown field'],
    [{ run: { task: 'other' } }, 'data.run: expected nothing (bi-cron fills it), got an object'],
  ])('%j is refused', async (data, problem) => {
    expect(await problemsOf(task, { options, data })).toEqual({ ending: 'rejected: event', problems: [problem] });
  });
});

it('a reply is summarised in numbers', async () => {
  const reply = { ordersRead: '12345678901', ordersStored: 7, pages: 3, shops: 2, repeatedRun: true };
  expect(await summaryOf(task, reply)).toEqual({ rows: 12_345_678_901, stored: 7, pages: 3, shops: 2, repeated: true });
  expect(await summaryOf(task, {})).toEqual({ rows: 0, stored: 0, pages: 0, shops: 0, repeated: false });
});
