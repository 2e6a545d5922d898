import { assert, integer, property, tuple } from 'fast-check';
import { expect, it } from 'vitest';
import { planWindows } from './plan.ts';
import { digest } from './window-event.ts';

const second = (count: number): Date => new Date(Date.UTC(2026, 0, 1) + count * 1000);

it('slices neither overlap nor leave a gap, whatever range, step and overlap', () => {
  const sizes = tuple(
    integer({ min: 1, max: 100_000 }),
    integer({ min: 50, max: 5000 }),
    integer({ min: 0, max: 900 }),
  );
  assert(
    property(sizes, ([length, step, overlap]) => {
      const range = { from: second(0), to: second(length) };
      const options = { task: 't', stepMs: step * 1000, overlapMs: overlap * 1000, data: undefined };
      const windows = planWindows(range, options, () => []);
      expect([windows[0]?.start, windows.at(-1)?.end]).toEqual([range.from, range.to]);
      expect(windows.slice(1).map(({ start }) => start)).toEqual(windows.slice(0, -1).map(({ end }) => end));
      expect(windows.every(({ start, from }) => start.getTime() - from.getTime() === overlap * 1000)).toBe(true);
      expect(new Set(windows.map(({ runKey }) => runKey)).size).toBe(windows.length);
    }),
    { numRuns: 100 },
  );
});

it('run keys follow from slice and data alone, not from the overlap or the order of keys', () => {
  const range = { from: second(0), to: second(60) };
  const keyOf = (overlapMs: number, data: Record<string, unknown> | undefined) =>
    planWindows(range, { task: 't', stepMs: 60_000, overlapMs, data }, () => []).map(({ runKey }) => runKey);
  expect(keyOf(0, undefined)).toEqual(['t@backfill:2026-01-01T00:00:00Z/2026-01-01T00:01:00Z']);
  expect(keyOf(600_000, undefined)).toEqual(keyOf(0, undefined));
  expect(keyOf(0, { a: 1, b: [2] })).toEqual(keyOf(0, { b: [2], a: 1 }));
  expect(keyOf(0, {})).toEqual(keyOf(0, undefined));
  expect(keyOf(0, { a: 1 })).not.toEqual(keyOf(0, { a: 2 }));
  expect(digest({ a: { b: undefined } })).toBe(digest({ a: {} }));
});

it('refuses the whole backfill for one window that the task refuses', () => {
  const range = { from: second(0), to: second(120) };
  const options = { task: 't', stepMs: 60_000, overlapMs: 0, data: undefined };
  const problemsOf = (_start: Date, end: Date) => (end > second(60) ? ['window.end: expected less'] : []);
  expect(() => planWindows(range, options, problemsOf)).toThrow(
    'window 2026-01-01T00:01:00Z to 2026-01-01T00:02:00Z: the task refuses it: window.end: expected less',
  );
});

it.each([
  ['an inverted range', second(9), second(0), 1000, 'to: expected a time after from'],
  ['an empty range', second(9), new Date(second(9).getTime() + 999), 1000, 'to: expected a time after from'],
  ['a step below a second', second(0), second(9), 999, 'step: expected whole seconds, at least one, got 999 ms'],
  ['a step with a fraction', second(0), second(9), 1500, 'step: expected whole seconds, at least one, got 1500 ms'],
  ['no step', second(0), second(9), Number.NaN, 'step: expected whole seconds, at least one, got NaN ms'],
  ['too many windows', second(0), second(10_001), 1000, 'step: expected at most 10000 windows, got 10001 of 1s'],
])('refuses %s', (_what, from, to, stepMs, message) => {
  const plan = () => planWindows({ from, to }, { task: 't', stepMs, overlapMs: 0, data: undefined }, () => []);
  expect(plan).toThrow(message);
});
