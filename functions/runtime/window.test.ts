import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteValue } from './run-error.ts';
import { checkWindow, toDate, toTimestamp, windowBefore } from './window.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SLOT = new Date('2026-11-22T05:40:00Z');
const NOW = new Date('2026-11-22T05:40:03Z');
const LIMITS = { maxMs: DAY_MS, maxAgeMs: 3 * DAY_MS };

const at = (text: string): { seconds: number; nanos: number } => toTimestamp(new Date(text));

/** The problems as sentences. */
const check = (window: object, limits: Parameters<typeof checkWindow>[1] = LIMITS): string[] =>
  checkWindow(window, limits, NOW).map(
    ({ field, expected, got }) => `${field}: expected ${expected}, got ${quoteValue(got)}`,
  );

it.each([
  ['1970-01-01T00:00:00.001Z', 0, 1_000_000],
  ['1969-12-31T23:59:59.999Z', -1, 999_000_000],
  ['2026-11-22T05:40:00.496Z', 1_795_326_000, 496_000_000],
])('%s is %i seconds and %i nanoseconds', (text, seconds, nanos) => {
  expect(at(text)).toEqual({ seconds, nanos });
});

it('a Timestamp made of a date is that date', () => {
  const millisecond = fc.integer({ min: -1e13, max: 1e14 });
  fc.assert(
    fc.property(millisecond, (ms) => {
      expect(toDate(toTimestamp(new Date(ms)))).toEqual(new Date(ms));
    }),
  );
});

describe('windowBefore', () => {
  it('reaches from the slot back by lookback and overlap', () => {
    expect(windowBefore(SLOT, { lookback: 2 * HOUR_MS, overlap: 600_000 }, LIMITS)).toEqual({
      start: at('2026-11-22T03:30:00Z'),
      end: at('2026-11-22T05:40:00Z'),
    });
  });

  it('is never longer than allowed', () => {
    expect(windowBefore(SLOT, { lookback: DAY_MS, overlap: 1 }, LIMITS).start).toEqual(at('2026-11-21T05:40:00Z'));
  });

  it('starts in 1970 at the earliest, where any length is allowed', () => {
    const window = windowBefore(SLOT, { lookback: 1e30, overlap: 0 }, { maxMs: Infinity });
    expect(window).toEqual({ start: { seconds: 0, nanos: 0 }, end: toTimestamp(SLOT) });
  });

  it('ends at the slot, has the length asked for or allowed, and passes its own check', () => {
    const length = fc.integer({ min: 1, max: 4 * DAY_MS });
    fc.assert(
      fc.property(length, fc.nat(DAY_MS), length, (lookback, overlap, maxMs) => {
        const window = windowBefore(SLOT, { lookback, overlap }, { maxMs });
        expect(window.end).toEqual(toTimestamp(SLOT));
        const lengthMs = SLOT.getTime() - Math.min(lookback + overlap, maxMs);
        expect(window.start).toEqual(toTimestamp(new Date(lengthMs)));
        expect(check(window, { maxMs })).toEqual([]);
      }),
    );
  });

  it('two runs in a row leave no gap when lookback is at least the period', () => {
    const period = fc.integer({ min: 1, max: 60 * 24 }).map((minutes) => minutes * 60_000);
    fc.assert(
      fc.property(period, fc.nat(DAY_MS), (periodMs, more) => {
        const next = new Date(SLOT.getTime() + periodMs);
        const window = windowBefore(next, { lookback: periodMs + more, overlap: 600_000 }, { maxMs: 3 * DAY_MS });
        expect(Number(window.start?.seconds)).toBeLessThanOrEqual(SLOT.getTime() / 1000);
      }),
    );
  });
});

describe('checkWindow', () => {
  it.each([
    ['of exactly the allowed length', '2026-11-21T05:40:00Z', '2026-11-22T05:40:00Z'],
    ['of a millisecond', '2026-11-22T05:40:00Z', '2026-11-22T05:40:00.001Z'],
    ['as old as allowed', '2026-11-19T05:40:03Z', '2026-11-20T05:40:03Z'],
  ])('takes a window %s', (_, start, end) => {
    expect(check({ start: at(start), end: at(end) })).toEqual([]);
  });

  it('takes seconds as text, as 64-bit numbers come', () => {
    expect(check({ start: { seconds: '1795320000' }, end: { seconds: '1795326000', nanos: 1 } })).toEqual([]);
  });

  it.each([
    [{}, 'window.start: expected a time (both ends are required), got nothing'],
    [{ end: at('2026-11-22T00:00:00Z') }, 'window.start: expected a time (both ends are required), got nothing'],
    [{ start: at('2026-11-22T00:00:00Z') }, 'window.end: expected a time (both ends are required), got nothing'],
    [
      { start: at('2026-11-22T01:00:00Z'), end: at('2026-11-22T00:00:00Z') },
      'window.end: expected a time after window.start (2026-11-22T01:00:00.000Z), got "2026-11-22T00:00:00.000Z"',
    ],
    [
      { start: at('2026-11-22T01:00:00Z'), end: at('2026-11-22T01:00:00Z') },
      'window.end: expected a time after window.start (2026-11-22T01:00:00.000Z), got "2026-11-22T01:00:00.000Z"',
    ],
    [
      { start: at('2026-11-21T05:00:00Z'), end: at('2026-11-22T05:00:00.001Z') },
      'window.end: expected at most 1d after window.start, got 1d1ms after it',
    ],
    [
      { start: at('2026-11-19T05:40:02.999Z'), end: at('2026-11-20T00:00:00Z') },
      'window.start: expected at most 3d ago, got "2026-11-19T05:40:02.999Z"',
    ],
  ])('refuses %j', (window, message) => {
    expect(check(window)).toEqual([message]);
  });

  it('tells every problem at once', () => {
    expect(check({ start: at('2020-01-01T00:00:00Z'), end: at('2026-01-01T00:00:00Z') })).toEqual([
      'window.end: expected at most 1d after window.start, got 2192d after it',
      'window.start: expected at most 3d ago, got "2020-01-01T00:00:00.000Z"',
    ]);
  });

  it('without an age limit takes any age', () => {
    expect(check({ start: at('1990-01-01T00:00:00Z'), end: at('1990-01-01T01:00:00Z') }, { maxMs: DAY_MS })).toEqual(
      [],
    );
  });

  it('takes a window exactly when it is ordered and not too long', () => {
    const time = fc.integer({ min: 0, max: 4 * DAY_MS });
    fc.assert(
      fc.property(time, time, fc.integer({ min: 1, max: 4 * DAY_MS }), (start, end, maxMs) => {
        const window = { start: toTimestamp(new Date(start)), end: toTimestamp(new Date(end)) };
        expect(check(window, { maxMs })).toHaveLength(end <= start || end - start > maxMs ? 1 : 0);
      }),
    );
  });
});
