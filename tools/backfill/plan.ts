import { formatDuration } from '../../functions/runtime/duration.ts';
import { formatRfc3339 } from '../../functions/runtime/rfc3339.ts';
import { digest } from './digest.ts';
import type { WindowProblems } from './task-window.ts';

/** One event of a backfill. */
export interface BackfillWindow {
  /** The slice that this window is for; slices neither overlap nor leave a gap. */
  readonly start: Date;
  readonly end: Date;
  /** Where the request's window begins: the slice's start less the overlap. */
  readonly from: Date;
  /** Of the slice and the data alone: a second start of the same backfill has the same keys, whoever starts it. */
  readonly runKey: string;
}

/** A stretch of time to fill, `[from, to)`. */
export interface Range {
  readonly from: Date;
  readonly to: Date;
}

/** The further fields of each request of a backfill. */
export type BackfillData = Readonly<Record<string, unknown>> | undefined;

export interface PlanOptions {
  readonly task: string;
  readonly stepMs: number;
  readonly overlapMs: number;
  readonly data: BackfillData;
}

/** A backfill that cannot be planned as asked. The message reads alone: "step: expected …, got …". */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

const MAX_WINDOWS = 10_000;
const SECOND_MS = 1000;

/**
 * Cuts a range into slices of `stepMs`, the last one shorter, each asked for from `overlapMs` earlier; all of it to the
 * second. Throws PlanError when it cannot be cut, or when the task refuses any of the windows: before the first is sent.
 */
export function planWindows(range: Range, options: PlanOptions, problemsOf: WindowProblems): BackfillWindow[] {
  const { task, stepMs, overlapMs, data } = options;
  const [fromMs, toMs] = [floorToSecond(range.from), floorToSecond(range.to)];
  if (!(toMs > fromMs)) throw new PlanError('to: expected a time after from');
  if (!(stepMs >= SECOND_MS) || stepMs % SECOND_MS !== 0)
    throw new PlanError(`step: expected whole seconds, at least one, got ${stepMs} ms`);
  const count = Math.ceil((toMs - fromMs) / stepMs);
  if (count > MAX_WINDOWS)
    throw new PlanError(`step: expected at most ${MAX_WINDOWS} windows, got ${count} of ${formatDuration(stepMs)}`);
  const windows = Array.from({ length: count }, (_, index): BackfillWindow => {
    const start = new Date(fromMs + index * stepMs);
    const end = new Date(Math.min(start.getTime() + stepMs, toMs));
    const from = new Date(Math.max(start.getTime() - overlapMs, 0)); // a Timestamp of ours begins at 1970
    return { start, end, from, runKey: runKeyOf(task, start, end, data) };
  });
  for (const { from, end } of windows) {
    const [problem] = problemsOf(from, end);
    if (problem !== undefined)
      throw new PlanError(`window ${formatRfc3339(from)} to ${formatRfc3339(end)}: the task refuses it: ${problem}`);
  }
  return windows;
}

const floorToSecond = (time: Date): number => Math.floor(time.getTime() / SECOND_MS) * SECOND_MS;

/** No data and empty data ask for the same work, and so have the same key. */
function runKeyOf(task: string, start: Date, end: Date, data: BackfillData): string {
  const slice = `${formatRfc3339(start)}/${formatRfc3339(end)}`;
  const isPlain = data === undefined || Object.keys(data).length === 0;
  return `${task}@backfill:${slice}${isPlain ? '' : `#${digest(data)}`}`;
}
