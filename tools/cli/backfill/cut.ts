import { formatDuration, parseDuration } from '../../../functions/runtime/duration.ts';
import type { AnyTask } from '../../../functions/runtime/task.ts';
import type { CliHost } from '../cli-host.ts';
import { loadRequestType } from '../dry-run/request-type.ts';
import { readDuration, readTime } from '../event/read-options.ts';
import { UsageError } from '../exit-code.ts';
import { findLargestWindow, type WindowProblems } from '../../backfill/largest-window.ts';
import type { Range } from '../../backfill/plan.ts';
import { readOverlap } from './read-overlap.ts';

/** How a range is cut. */
export interface BackfillPlan {
  readonly stepMs: number;
  readonly overlapMs: number;
  /** The longest window that the task takes, overlap included. */
  readonly largestMs: number;
  /** Who says how long the overlap is. */
  readonly overlapSource: string;
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
export async function requireWindowed(
  task: AnyTask,
  data: Readonly<Record<string, unknown>> | undefined,
): Promise<void> {
  const type = await loadRequestType(task);
  if (type.fields['window'] === undefined)
    throw new UsageError(`task: expected one whose request has a window, got ${task.name}`);
  if (data !== undefined && 'window' in data)
    throw new UsageError('--data: expected no window (--from and --to say it)');
}

interface CutOptions {
  readonly step: string | undefined;
  readonly overlap: string | undefined;
}

/** Finds overlap and step: the longest that the upstream API allows, unless `--step` says less. Throws UsageError. */
export async function resolvePlan(
  task: AnyTask,
  { step, overlap }: CutOptions,
  { range, problemsOf, env, now }: { range: Range; problemsOf: WindowProblems; env: CliHost['env']; now: Date },
): Promise<BackfillPlan> {
  const { overlapMs, source } =
    overlap === undefined
      ? await readOverlap(task, env)
      : { overlapMs: readOverlapOption(overlap), source: '--overlap' };
  const rangeMs = range.to.getTime() - range.from.getTime();
  const largestMs = findLargestWindow(problemsOf, rangeMs + overlapMs, now) ?? 0;
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
  return { stepMs, overlapMs, largestMs, overlapSource: source };
}

function readOverlapOption(given: string): number {
  const overlapMs = parseDuration(given);
  if (overlapMs === undefined || overlapMs % 1000 !== 0)
    throw new UsageError(
      `--overlap: expected a duration such as 10m or 0s, whole seconds, got ${JSON.stringify(given)}`,
    );
  return overlapMs;
}
