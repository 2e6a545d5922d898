import { expect, it } from 'vitest';
import { listTasks, loadTask } from '../project.ts';
import { defaultOverlapMs, longestWindowMs, windowProblemsOf } from './plan.ts';

const NOW = new Date('2026-11-22T05:40:03.210Z');
const DAY_MS = 24 * 3_600_000;

it.each([
  ['increment-order', DAY_MS, 600_000],
  ['inventory-fetch', 7 * DAY_MS, 600_000],
  ['full-order', 88 * DAY_MS, 600_000],
  ['goods-onsale', Infinity, 0],
])('%s takes windows of %d ms, which overlap by %d ms', async (name, longestMs, overlapMs) => {
  const task = await loadTask(name);
  expect([longestWindowMs(task), defaultOverlapMs(task)]).toEqual([longestMs, overlapMs]);
});

it('what is one second longer is refused', async () => {
  for (const name of listTasks()) {
    const task = await loadTask(name);
    const longestMs = Math.min(longestWindowMs(task) ?? 0, 365 * DAY_MS);
    const problemsOf = windowProblemsOf(task, NOW);
    const isUnlimited = longestMs === 365 * DAY_MS;
    expect([name, problemsOf(new Date(NOW.getTime() - longestMs), NOW)]).toEqual([name, []]);
    expect([name, problemsOf(new Date(NOW.getTime() - longestMs - 1000), NOW).length > 0]).toEqual([
      name,
      !isUnlimited,
    ]);
  }
});

it('there is none for a task whose request has no window', async () => {
  const { window: _window, ...task } = await loadTask('goods-onsale');
  expect(longestWindowMs(task)).toBeUndefined();
});
