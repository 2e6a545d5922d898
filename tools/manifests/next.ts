import { textAt } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { toManifestSet } from './manifest-set.ts';
import { nextRuns, parseSchedule } from './schedule.ts';

/** The span of time a run asks its backend for, `[start, end)`. */
export interface Window {
  readonly start: Date;
  readonly end: Date;
}

/** Which window `task` would ask for at `slot`; undefined when the task has none. */
export type WindowOf = (task: string, slot: Date) => Window | undefined;

/** One coming tick of a task. */
interface ComingRun {
  readonly slot: Date;
  readonly window: Window | undefined;
}
/** The coming ticks of one PingSource or CronJob. */
export interface TaskTimetable {
  readonly task: string;
  readonly schedule: string;
  readonly timezone: string;
  readonly runs: readonly ComingRun[];
}

/**
 * The next `count` ticks of every task strictly after `from`, tasks by name. Throws ScheduleError for a schedule or zone that
 * PingSource would refuse.
 */
export function timetables(
  manifests: readonly Manifest[],
  from: Date,
  count: number,
  windowOf: WindowOf = () => undefined,
): TaskTimetable[] {
  const { pingSources, jobs } = toManifestSet(manifests);
  const scheduled = [...pingSources, ...jobs.filter(({ kind }) => kind === 'CronJob')];
  return scheduled
    .map(({ name, kind, body }) => {
      const expression = textAt(body, ['spec', 'schedule']) ?? '';
      const timezone = textAt(body, ['spec', kind === 'CronJob' ? 'timeZone' : 'timezone']) ?? '';
      const schedule = parseSchedule(expression, timezone);
      const runs = nextRuns(schedule, from, count).map((slot) => ({ slot, window: windowOf(name, slot) }));
      return { task: name, schedule: expression, timezone, runs };
    })
    .sort((left, right) => left.task.localeCompare(right.task));
}
