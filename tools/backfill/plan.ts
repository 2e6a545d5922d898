import { formatDuration, parseDuration } from '../../functions/runtime/duration.ts';
import { formatRfc3339 } from '../../functions/runtime/rfc3339.ts';
import type { Task } from '../../functions/runtime/task.ts';
import { checkWindowRule, limitsOf, toTimestamp } from '../../functions/runtime/window.ts';
import { backfillRunKey, type BackfillData, type BackfillWindow } from './window-event.ts';

/** A stretch of time to fill, `[from, to)`. */
export interface Range {
  readonly from: Date;
  readonly to: Date;
}

/** How a range is cut. */
export interface BackfillPlan {
  readonly stepMs: number;
  readonly overlapMs: number;
}

/** A backfill that cannot be planned as asked. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
  /** What is wrong; `window` is one that the task refuses. */
  readonly field: 'to' | 'step' | 'overlap' | 'window';

  constructor(field: PlanError['field'], message: string) {
    super(`${field}${message}`);
    this.field = field;
  }
}

const MAX_WINDOWS = 10_000;
const SECOND_MS = 1000;

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

/** How far each window of a backfill reaches back before its slice, in ms, by default: the task's default overlap. */
export function defaultOverlapMs({ options }: Task): number {
  const fallback = options['overlap']?.fallback;
  return (typeof fallback === 'string' && parseDuration(fallback)) || 0;
}

/**
 * Finds step and overlap: the longest step that the upstream API allows and the task's default overlap, unless others are
 * asked for. Throws PlanError when the overlap leaves nothing, or the step is longer.
 */
export function resolvePlan(
  task: Task,
  range: Range,
  { stepMs, overlapMs = defaultOverlapMs(task) }: { stepMs?: number | undefined; overlapMs?: number | undefined },
): BackfillPlan {
  const rangeMs = range.to.getTime() - range.from.getTime();
  const limitMs = longestWindowMs(task) ?? 0;
  const longestStepMs = limitMs - overlapMs;
  if (longestStepMs <= 0)
    throw new PlanError(
      'overlap',
      `: expected less than the longest window that ${task.name} takes (${formatDuration(limitMs)}), got ${formatDuration(overlapMs)}`,
    );
  if (stepMs !== undefined && stepMs > longestStepMs)
    throw new PlanError(
      'step',
      `: expected at most ${formatDuration(longestStepMs)} (${task.name} takes windows of ${formatDuration(limitMs)}, the overlap is ${formatDuration(overlapMs)}), got ${formatDuration(stepMs)}`,
    );
  return { stepMs: stepMs ?? Math.min(longestStepMs, rangeMs), overlapMs };
}

/**
 * Cuts a range into slices of `stepMs`, the last one shorter, each asked for from `overlapMs` earlier; all of it to the
 * second. Throws PlanError when it cannot be cut, or when the task refuses any of the windows: before the first is sent.
 */
export function planWindows(
  range: Range,
  { task, stepMs, overlapMs, data }: BackfillPlan & { readonly task: string; readonly data: BackfillData },
  problemsOf: WindowProblems,
): BackfillWindow[] {
  const [fromMs, toMs] = [floorToSecond(range.from), floorToSecond(range.to)];
  if (!(toMs > fromMs)) throw new PlanError('to', ': expected a time after from');
  if (!(stepMs >= SECOND_MS) || stepMs % SECOND_MS !== 0)
    throw new PlanError('step', `: expected whole seconds, at least one, got ${stepMs} ms`);
  const count = Math.ceil((toMs - fromMs) / stepMs);
  if (count > MAX_WINDOWS)
    throw new PlanError('step', `: expected at most ${MAX_WINDOWS} windows, got ${count} of ${formatDuration(stepMs)}`);
  const windows = Array.from({ length: count }, (_, index): BackfillWindow => {
    const start = new Date(fromMs + index * stepMs);
    const end = new Date(Math.min(start.getTime() + stepMs, toMs));
    const from = new Date(Math.max(start.getTime() - overlapMs, 0)); // times before 1970 are not used
    return { start, end, from, runKey: backfillRunKey(task, start, end, data) };
  });
  for (const { from, end } of windows) {
    const [problem] = problemsOf(from, end);
    if (problem !== undefined)
      throw new PlanError(
        'window',
        ` ${formatRfc3339(from)} to ${formatRfc3339(end)}: the task refuses it: ${problem}`,
      );
  }
  return windows;
}

const floorToSecond = (time: Date): number => Math.floor(time.getTime() / SECOND_MS) * SECOND_MS;
