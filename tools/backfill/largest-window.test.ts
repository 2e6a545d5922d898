import { expect, it } from 'vitest';
import { listTasks, loadTask } from '../project.ts';
import { findLargestWindow, windowProblemsOf } from './largest-window.ts';

const NOW = new Date('2026-11-22T05:40:03.210Z');
const DAY_MS = 24 * 3_600_000;

it.each([
  ['increment-order', DAY_MS],
  ['inventory-fetch', 7 * DAY_MS],
  ['full-order', 88 * DAY_MS],
  ['goods-onsale', 365 * DAY_MS],
])('%s takes windows of %d ms, found by its own check', async (name, largestMs) => {
  const problemsOf = windowProblemsOf(await loadTask(name), NOW);
  expect(findLargestWindow(problemsOf, 365 * DAY_MS, NOW)).toBe(largestMs);
});

it('what is one second longer is refused', async () => {
  for (const name of listTasks()) {
    const problemsOf = windowProblemsOf(await loadTask(name), NOW);
    const largestMs = findLargestWindow(problemsOf, 365 * DAY_MS, NOW) ?? 0;
    const isUnlimited = largestMs === 365 * DAY_MS;
    expect([name, problemsOf(new Date(NOW.getTime() - largestMs - 1000), NOW).length > 0]).toEqual([
      name,
      !isUnlimited,
    ]);
  }
});

it('is undefined for a task that takes no window', () => {
  expect(findLargestWindow(() => ['window: expected none'], DAY_MS, NOW)).toBeUndefined();
});
