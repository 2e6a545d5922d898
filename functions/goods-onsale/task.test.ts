import { describe, expect, it } from 'vitest';
import { problemsOf, requestOf, summaryOf } from '../../test/support/task.ts';
import { task } from './task.ts';

const options = { shopIds: ['100001'] };

describe('by default', () => {
  it('asks for all goods on sale, 40 a page', async () => {
    expect(await requestOf(task, { options })).toEqual({ shopIds: ['100001'], pageSize: 40 });
  });

  it('may be repeated', () => {
    expect(task.safeToRepeat).toBe(true);
  });
});

describe('the configuration', () => {
  it.each([
    ['1h', '2026-11-22T04:40:00.000Z'],
    ['400d', '2025-10-18T05:40:00.000Z'],
    ['9999999999d', '1970-01-01T00:00:00.000Z'],
  ])('with lookback %s it asks for goods modified since %s', async (lookback, start) => {
    expect(await requestOf(task, { options: { ...options, lookback, pageSize: 200 } })).toEqual({
      window: [start, '2026-11-22T05:40:00.000Z'],
      shopIds: ['100001'],
      pageSize: 200,
    });
  });

  it.each([
    [{}, 'bi-cron.yaml'],
    [{ shopIds: [] }, 'bi-cron.yaml:1'],
  ])('%j has no shops, and is refused with the place %s', async (without, place) => {
    expect(await problemsOf(task, { options: without })).toEqual({
      ending: 'rejected: config',
      problems: [`${place} tasks.goods-onsale.shopIds: expected at least one shop, got none`],
    });
  });

  it.each([{ pageSize: 201 }, { lookback: 3600 }, { overlap: '10m' }])('%j is refused', async (wrong) => {
    const { ending, problems } = await problemsOf(task, { options: { ...options, ...wrong } });
    expect(ending).toBe('rejected: config');
    expect(problems[0]).toContain(`tasks.goods-onsale.${Object.keys(wrong)[0]}: expected `);
  });
});

describe('the data of an event', () => {
  it('overrides field by field, and may give a window of any length and age', async () => {
    const data = { window: { start: '2010-01-01T00:00:00Z', end: '2026-01-01T00:00:00Z' }, pageSize: 200 };
    expect(await requestOf(task, { options, data })).toEqual({
      window: ['2010-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'],
      shopIds: ['100001'],
      pageSize: 200,
    });
  });

  it.each([
    [{ window: {} }, 'data.window.start: expected a time (both ends are required), got nothing'],
    [
      { window: { start: '2026-01-01T00:00:00Z', end: '2026-01-01T00:00:00Z' } },
      'data.window.end: expected a time after window.start (2026-01-01T00:00:00.000Z), got "2026-01-01T00:00:00.000Z"',
    ],
    [{ shopIds: [] }, 'data.shopIds: expected at least one shop, got none'],
    [{ pageSize: 201 }, 'data.pageSize: expected 1 to 200, got 201'],
    [{ skuIds: ['1'] }, 'data.skuIds: expected one of window, shopIds, pageSize, got an unknown field'],
  ])('%j is refused', async (data, problem) => {
    expect(await problemsOf(task, { options, data })).toEqual({ ending: 'rejected: event', problems: [problem] });
  });
});

it('a reply is summarised in numbers', async () => {
  const reply = { goodsRead: 50, goodsStored: 7, pages: 3, shops: 2, repeatedRun: true };
  expect(await summaryOf(task, reply)).toEqual({ rows: 50, stored: 7, pages: 3, shops: 2, repeated: true });
});
