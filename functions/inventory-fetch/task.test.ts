import { describe, expect, it } from 'vitest';
import { problemsOf, requestOf, summaryOf } from '../../test/support/task.ts';
import { task } from './task.ts';

const WINDOW = { start: '2026-11-20T00:00:00Z', end: '2026-11-21T00:00:00Z' };

describe('by default', () => {
  it('asks for the two hours before the slot, ten minutes of overlap, all warehouses, and 30 rows a page', async () => {
    expect(await requestOf(task)).toEqual({
      window: ['2026-11-22T03:30:00.000Z', '2026-11-22T05:40:00.000Z'],
      wmsCoId: '0',
      pageSize: 30,
    });
  });

  it('may not be repeated', () => {
    expect(task.safeToRepeat).toBe(false);
  });
});

describe('the configuration', () => {
  it('sets lookback, overlap, warehouse and page size', async () => {
    const options = { lookback: '1d', overlap: '1h', wmsCoId: 10_001, pageSize: 100 };
    expect(await requestOf(task, { options })).toEqual({
      window: ['2026-11-21T04:40:00.000Z', '2026-11-22T05:40:00.000Z'],
      wmsCoId: '10001',
      pageSize: 100,
    });
  });

  it('never asks for more than the seven days that the upstream API allows', async () => {
    expect(await requestOf(task, { options: { lookback: '30d' } })).toMatchObject({
      window: ['2026-11-15T05:40:00.000Z', '2026-11-22T05:40:00.000Z'],
    });
  });

  it.each([{ pageSize: 101 }, { wmsCoId: -1 }, { wmsCoId: '10001' }, { shopIds: ['1'] }])(
    '%j is refused',
    async (wrong) => {
      const { ending, problems } = await problemsOf(task, { options: wrong });
      expect(ending).toBe('rejected: config');
      expect(problems[0]).toContain(`tasks.inventory-fetch.${Object.keys(wrong)[0]}: expected `);
    },
  );
});

describe('the data of an event', () => {
  it('overrides field by field', async () => {
    const data = { window: WINDOW, wms_co_id: '9007199254740993' };
    expect(await requestOf(task, { data })).toEqual({
      window: ['2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z'],
      wmsCoId: '9007199254740993',
      pageSize: 30,
    });
  });

  it('with SKUs asks for them instead of a window', async () => {
    expect(await requestOf(task, { data: { skuIds: ['A-1', 'A-2'] } })).toEqual({
      skuIds: ['A-1', 'A-2'],
      wmsCoId: '0',
      pageSize: 30,
    });
  });

  it('with an empty list of SKUs asks for the window', async () => {
    expect(await requestOf(task, { data: { skuIds: [] } })).toHaveProperty('window');
  });

  it('may name 100 SKUs', async () => {
    const skuIds = Array.from({ length: 100 }, (_, n) => `A-${n}`);
    expect(await requestOf(task, { data: { skuIds } })).toMatchObject({ skuIds });
  });

  it.each([
    [{ skuIds: ['A-1'], window: WINDOW }, 'data.skuIds: expected a window or SKUs, not both, got both'],
    [{ skuIds: Array(101).fill('A') }, 'data.skuIds: expected at most 100 SKUs, got 101'],
    [{ window: {} }, 'data.window.start: expected a time (both ends are required), got nothing'],
    [
      { window: { start: '2026-11-01T00:00:00Z', end: '2026-11-08T00:00:01Z' } },
      'data.window.end: expected at most 7d after window.start, got 7d1s after it',
    ],
    [{ pageSize: 0 }, 'data.pageSize: expected 1 to 100, got 0'],
    [{ shopIds: ['1'] }, 'data.shopIds: expected one of window, skuIds, wmsCoId, pageSize, got an unknown field'],
  ])('%j is refused', async (data, problem) => {
    expect(await problemsOf(task, { data })).toEqual({ ending: 'rejected: event', problems: [problem] });
  });
});

it('a reply is summarised by its job', async () => {
  const reply = { jobId: 'job-7', rowsExpected: 1200, repeatedRun: true };
  expect(await summaryOf(task, reply)).toEqual({ rows: 1200, job: 'job-7', repeated: true });
});
