import { parseDuration } from '../../functions/runtime/duration.ts';
import type { Task } from '../../functions/runtime/task.ts';
import { checkWindowRule, limitsOf, toTimestamp } from '../../functions/runtime/window.ts';

/** What a task says of the window `[start, end)` of a request. */
export type WindowProblems = (start: Date, end: Date) => string[];

/** Asks the task's rule for windows. */
export function windowProblemsOf({ window: rule }: Task, now: Date): WindowProblems {
  return (start, end) => {
    const request = { window: { start: toTimestamp(start), end: toTimestamp(end) } };
    return checkWindowRule(rule ?? {}, request, now).map(({ field, expected }) => `${field}: expected ${expected}`);
  };
}

/** The longest window in ms that the task takes; Infinity where any length is allowed, undefined when it takes none. */
export function longestWindowMs({ window: rule }: Task): number | undefined {
  if (rule === undefined) return undefined;
  const { maxMs, maxAgeMs = Infinity } = limitsOf(rule);
  return Math.min(maxMs, maxAgeMs);
}

/** How far each window of a backfill reaches back before its slice, in ms, when nobody says otherwise: the task's default overlap. */
export function defaultOverlapMs({ options }: Task): number {
  const fallback = options['overlap']?.fallback;
  return (typeof fallback === 'string' && parseDuration(fallback)) || 0;
}
