import { createHash } from 'node:crypto';
import { formatDuration } from '../../../functions/runtime/duration.ts';
import { formatRfc3339 } from '../../../functions/runtime/rfc3339.ts';
import { UsageError } from '../exit-code.ts';
import type { WindowProblems } from './largest-window.ts';

/** One event of a backfill. */
export interface BackfillWindow {
  /** The slice that this window is for; slices neither overlap nor leave a gap. */
  readonly start: Date;
  readonly end: Date;
  /** Where the request's window begins: the slice's start less the overlap. */
  readonly from: Date;
  /** Of the slice and the data alone: a second start of the same backfill has the same keys. */
  readonly runKey: string;
}

/** A stretch of time to fill. */
export interface Range {
  readonly from: Date;
  readonly to: Date;
}

export interface PlanOptions {
  readonly task: string;
  readonly stepMs: number;
  readonly overlapMs: number;
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

const MAX_WINDOWS = 10_000;

/**
 * Cuts a range into slices of `stepMs`, the last one shorter, each asked for from `overlapMs` earlier. Throws UsageError
 * when the task refuses any of the windows, before the first is sent.
 */
export function planWindows(range: Range, options: PlanOptions, problemsOf: WindowProblems): BackfillWindow[] {
  const { task, stepMs, overlapMs, data } = options;
  const [fromMs, toMs] = [range.from.getTime(), range.to.getTime()];
  const count = Math.ceil((toMs - fromMs) / stepMs);
  if (count > MAX_WINDOWS)
    throw new UsageError(`--step: expected at most ${MAX_WINDOWS} windows, got ${count} of ${formatDuration(stepMs)}`);
  const windows = Array.from({ length: count }, (_, index): BackfillWindow => {
    const start = new Date(fromMs + index * stepMs);
    const end = new Date(Math.min(start.getTime() + stepMs, toMs));
    const from = new Date(Math.max(start.getTime() - overlapMs, 0)); // a Timestamp of ours begins at 1970
    return { start, end, from, runKey: runKeyOf(task, start, end, data) };
  });
  for (const { from, end } of windows) {
    const [problem] = problemsOf(from, end);
    if (problem !== undefined)
      throw new UsageError(`window ${formatRfc3339(from)} to ${formatRfc3339(end)}: the task refuses it: ${problem}`);
  }
  return windows;
}

function runKeyOf(task: string, start: Date, end: Date, data: PlanOptions['data']): string {
  const slice = `${formatRfc3339(start)}/${formatRfc3339(end)}`;
  return `${task}@backfill:${slice}${data === undefined ? '' : `#${digest(data)}`}`;
}

/** Eight hex digits of an object's content, whatever the order of its keys. */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 8);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const sorted = entries.toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(',')}}`;
}
