import { formatDuration, parseDuration } from '../../../functions/runtime/duration.ts';
import type { Task } from '../../../functions/runtime/task.ts';
import { readDuration, readTime } from '../event/read-options.ts';
import { UsageError } from '../exit-code.ts';
import { defaultOverlapMs, longestWindowMs } from '../../backfill/task-window.ts';
import type { Range } from '../../backfill/plan.ts';

/** How a range is cut. */
export interface BackfillPlan {
  readonly stepMs: number;
  readonly overlapMs: number;
  /** The longest window that the task takes, overlap included. */
  readonly largestMs: number;
}

/** Reads `--from` and `--to`: a past stretch of time. Throws UsageError. */
export function readRange(from: string, to: string, now: Date): Range {
  const range = { from: readTime('--from', from), to: readTime('--to', to) };
  if (range.to <= range.from) throw new UsageError(`--to: expected a time after --from (${from}), got ${to}`);
  if (range.to > now)
    throw new UsageError(`--to: expected a time that is past (now is ${now.toISOString()}), got ${to}`);
  return range;
}

/** Refuses a task that has no window, and data that gives one. */
export function requireWindowed(task: Task, data: Readonly<Record<string, unknown>> | undefined): void {
  if (task.window === undefined)
    throw new UsageError(`task: expected one whose request has a window, got ${task.name}`);
  if (data !== undefined && 'window' in data)
    throw new UsageError('--data: expected no window (--from and --to say it)');
}

interface CutOptions {
  readonly step: string | undefined;
  readonly overlap: string | undefined;
}

/** Finds overlap and step: the longest that the upstream API allows, unless `--step` says less. Throws UsageError. */
export function resolvePlan(task: Task, { step, overlap }: CutOptions, range: Range): BackfillPlan {
  const overlapMs = overlap === undefined ? defaultOverlapMs(task) : readOverlapOption(overlap);
  const rangeMs = range.to.getTime() - range.from.getTime();
  const largestMs = Math.min(longestWindowMs(task) ?? 0, rangeMs + overlapMs);
  const mostMs = largestMs - overlapMs;
  if (mostMs <= 0)
    throw new UsageError(
      `overlap: expected less than the longest window that ${task.name} takes (${formatDuration(largestMs)}), got ${formatDuration(overlapMs)}`,
    );
  const stepMs = step === undefined ? mostMs : readDuration('--step', step);
  if (stepMs > mostMs)
    throw new UsageError(
      `--step: expected at most ${formatDuration(mostMs)} (${task.name} takes windows of ${formatDuration(largestMs)}, the overlap is ${formatDuration(overlapMs)}), got ${step}`,
    );
  return { stepMs, overlapMs, largestMs };
}

function readOverlapOption(given: string): number {
  const overlapMs = parseDuration(given);
  if (overlapMs === undefined || overlapMs % 1000 !== 0)
    throw new UsageError(
      `--overlap: expected a duration such as 10m or 0s, whole seconds, got ${JSON.stringify(given)}`,
    );
  return overlapMs;
}
