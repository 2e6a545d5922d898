import { toTimestamp } from '../../functions/runtime/window.ts';
import type { AnyTask } from '../../functions/runtime/task.ts';

const SECOND_MS = 1000;

/** What a task says of the window `[start, end)` of a request. */
export type WindowProblems = (start: Date, end: Date) => string[];

/** Asks the task's own check about windows, and about nothing else of the request. */
export function windowProblemsOf(task: AnyTask, now: Date): WindowProblems {
  return (start, end) => {
    const request = { window: { start: toTimestamp(start), end: toTimestamp(end) } };
    return task
      .check(request, now)
      .filter(({ field }) => field === 'window' || field.startsWith('window.'))
      .map(({ field, expected }) => `${field}: expected ${expected}`);
  };
}

/**
 * The longest window in ms, in whole seconds and at most `maxMs`, that the task takes: the upstream limit, found by
 * asking for longer and longer windows that end now. Undefined when it takes none.
 */
export function findLargestWindow(problemsOf: WindowProblems, maxMs: number, now: Date): number | undefined {
  const isTaken = (lengthMs: number): boolean => problemsOf(new Date(now.getTime() - lengthMs), now).length === 0;
  const most = Math.ceil(maxMs / SECOND_MS);
  if (isTaken(most * SECOND_MS)) return most * SECOND_MS;
  let taken = 0;
  let refused = most;
  for (let probe = 1; probe < refused; probe *= 2) {
    if (isTaken(probe * SECOND_MS)) taken = probe;
    else refused = probe;
  }
  while (refused - taken > 1) {
    const middle = Math.floor((taken + refused) / 2);
    if (isTaken(middle * SECOND_MS)) taken = middle;
    else refused = middle;
  }
  return taken === 0 ? undefined : taken * SECOND_MS;
}
