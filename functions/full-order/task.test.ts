import { describe, expect, it } from 'vitest';
import { problemsOf, requestOf, summaryOf } from '../../test/support/task.ts';
import { task } from './task.ts';

const options = { shopIds: ['100001'] };

describe('by default', () => {
  it('asks for the 30 days before the slot, ten minutes of overlap, and 40 orders a page', async () => {
    expect(await requestOf(task, { options })).toEqual({
      window: ['2026-10-23T05:30:00.000Z', '2026-11-22T05:40:00.000Z'],
      shopIds: ['100001'],
      pageSize: 40,
    });
  });

  it('may not be repeated', () => {
    expect(task.safeToRepeat).toBe(false);
  });
});

describe('the configuration', () => {
  it('sets lookback, overlap and page size', async () => {
    const given = { ...options, lookback: '3d', overlap: '1h', pageSize: 100 };
    expect(await requestOf(task, { options: given })).toMatchObject({
      window: ['2026-11-19T04:40:00.000Z', '2026-11-22T05:40:00.000Z'],
      pageSize: 100,
    });
  });

  it('never asks for more than 88 days, so that a run is within the last three months a day later', async () => {
    expect(await requestOf(task, { options: { ...options, lookback: '365d' } })).toMatchObject({
      window: ['2026-08-26T05:40:00.000Z', '2026-11-22T05:40:00.000Z'],
    });
  });

  it.each([
    [{}, 'bi-cron.yaml'],
    [{ shopIds: [] }, 'bi-cron.yaml:1'],
  ])('%j has no shops, and is refused with the place %s', async (without, place) => {
    expect(await problemsOf(task, { options: without })).toEqual({
      ending: 'rejected: config',
      problems: [`${place} tasks.full-order.shopIds: expected at least one shop, got none`],
    });
  });

  it.each([{ pageSize: 101 }, { lookback: '3 months' }, { wmsCoId: 1 }])('%j is refused', async (wrong) => {
    const { ending, problems } = await problemsOf(task, { options: { ...options, ...wrong } });
    expect(ending).toBe('rejected: config');
    expect(problems[0]).toContain(`tasks.full-order.${Object.keys(wrong)[0]}: expected `);
  });
});

describe('the data of an event', () => {
  it('overrides field by field', async () => {
    const data = { window: { start: '2026-09-01T00:00:00Z', end: '2026-10-01T00:00:00Z' }, pageSize: 7 };
    expect(await requestOf(task, { options, data })).toEqual({
      window: ['2026-09-01T00:00:00.000Z', '2026-10-01T00:00:00.000Z'],
      shopIds: ['100001'],
      pageSize: 7,
    });
  });

  it('may start 89 days ago, not earlier', async () => {
    const window = (start: string): object => ({ window: { start, end: '2026-09-01T00:00:00Z' } });
    expect(await requestOf(task, { options, data: { ...window('2026-08-25T05:40:04Z') } })).toMatchObject({
      window: ['2026-08-25T05:40:04.000Z', '2026-09-01T00:00:00.000Z'],
    });
    expect(await problemsOf(task, { options, data: { ...window('2026-08-25T05:40:03Z') } })).toEqual({
      ending: 'rejected: event',
      problems: ['data.window.start: expected at most 89d ago, got "2026-08-25T05:40:03.000Z"'],
    });
  });

  it.each([
    [
      { window: { start: '2026-08-25T05:40:04Z', end: '2026-11-22T05:00:00Z' } },
      'data.window.end: expected at most 88d after window.start, got 88d23h19m56s after it',
    ],
    [{ window: {} }, 'data.window.start: expected a time (both ends are required), got nothing'],
    [{ shopIds: [] }, 'data.shopIds: expected at least one shop, got none'],
    [{ pageSize: 101 }, 'data.pageSize: expected 1 to 100, got 101'],
    [{ pageSize: '1.5' }, 'data.pageSize: expected a whole number (int32), got "1.5"'],
  ])('%j is refused', async (data, problem) => {
    expect(await problemsOf(task, { options, data })).toEqual({ ending: 'rejected: event', problems: [problem] });
  });
});

it('a reply is summarised in numbers', async () => {
  const reply = { ordersRead: 50, ordersStored: 7, pages: 3, shops: 2, repeatedRun: true };
  expect(await summaryOf(task, reply)).toEqual({ rows: 50, stored: 7, pages: 3, shops: 2, repeated: true });
});
