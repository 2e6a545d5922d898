import { nextRuns, type Schedule } from '../../manifests/schedule.ts';

/** How far the windows of a task reach. */
export interface Span {
  /** From a tick back over the two before it, in whole hours, so that a window covers a missed tick too. */
  readonly lookbackMs: number;
  /** What has to be allowed for that. */
  readonly maxDays: number;
}

const HOUR_MS = 3_600_000;
const SHORTEST_HOURS = 2;
const TICKS = 100; // weekends and months have their share in them

/** The span that fits a schedule: the longest that two ticks in a row take, and at least two hours. */
export function spanOf(schedule: Schedule, now: Date): Span {
  const ticks = nextRuns(schedule, now, TICKS).map((tick) => tick.getTime());
  const spans = ticks.slice(2).map((tick, index) => tick - (ticks[index] ?? tick));
  const lookbackHours = Math.max(SHORTEST_HOURS, Math.ceil(Math.max(0, ...spans) / HOUR_MS));
  return { lookbackMs: lookbackHours * HOUR_MS, maxDays: Math.ceil((lookbackHours + 1) / 24) }; // with the overlap
}
