import { Cron } from 'croner';
import { parseCronFields, ScheduleError, type CronField, type CronFields } from './cron-fields.ts';
import { ZONE_NAMES } from './zone-names.ts';

/** A schedule of a PingSource (or CronJob) in its zone. */
export interface Schedule {
  readonly expression: string;
  /** IANA name, spelled as the zone database spells it. */
  readonly timezone: string;
  readonly fields: CronFields;
}

/** Reads a schedule as PingSource does (see `parseCronFields`); throws ScheduleError, for the zone too. */
export function parseSchedule(expression: string, timezone: string): Schedule {
  const problem = timezoneProblem(timezone);
  if (problem !== undefined) throw new ScheduleError(problem);
  return { expression, timezone, fields: parseCronFields(expression) };
}

/** A file of the database that is not a zone, and that Node refuses. */
const PLACEHOLDER = 'Factory';

/** Why `timezone` is no name that Go's zone database has; undefined when it is one. Go minds the case, `Intl` does not. */
export function timezoneProblem(timezone: string): string | undefined {
  const expected = `expected an IANA zone such as "Asia/Shanghai", got ${JSON.stringify(timezone)}`;
  if (!ZONE_NAMES.has(timezone)) {
    const spelled = [...ZONE_NAMES].find((name) => name.toLowerCase() === timezone.toLowerCase());
    return spelled === undefined ? expected : `${expected} (it is spelled ${spelled})`;
  }
  return timezone === PLACEHOLDER ? expected : undefined;
}

/**
 * The next `count` ticks strictly after `from`, fewer when the schedule has none. As robfig/cron: a time that daylight saving skips
 * does not fire, one that it repeats fires twice. Not followed: what robfig loses or repeats where the clock moves by less than an
 * hour (Lord Howe Island).
 */
export function nextRuns(schedule: Schedule, from: Date, count: number): Date[] {
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = schedule.fields;
  const pattern = [
    // croner moves a fixed time out of a gap; a field written as a range makes it skip the gap, as robfig does
    second.values.map((value) => `${value}-${value}/1`).join(','),
    ...[minute, hour, dayOfMonth, month, dayOfWeek].map(listOf),
  ].join(' ');
  return new Cron(pattern, { timezone: schedule.timezone, mode: '6-part' }).nextRuns(count, from);
}

function listOf(field: CronField): string {
  return field.star ? '*' : field.values.join(',');
}

/** The shortest time between two ticks, by the clock: 86,400 for one tick a day, also when most days have none. */
export function shortestPeriodSeconds(schedule: Schedule): number {
  const { second, minute, hour } = schedule.fields;
  const ticks = hour.values.flatMap((h) =>
    minute.values.flatMap((m) => second.values.map((s) => h * 3600 + m * 60 + s)),
  );
  const [first = 0] = ticks;
  let shortest = 86_400 + first - (ticks.at(-1) ?? first);
  for (const [index, tick] of ticks.entries()) {
    const previous = ticks[index - 1];
    if (previous !== undefined) shortest = Math.min(shortest, tick - previous);
  }
  return shortest;
}

/** Whether the schedule fires on a calendar day, by cron's rule: either of two restricted day fields is enough. */
export function firesOnDay(fields: CronFields, year: number, month: number, day: number): boolean {
  if (!fields.month.values.includes(month)) return false;
  const byMonth = fields.dayOfMonth.values.includes(day);
  const byWeek = fields.dayOfWeek.values.includes(new Date(Date.UTC(year, month - 1, day)).getUTCDay());
  return fields.dayOfMonth.star || fields.dayOfWeek.star ? byMonth && byWeek : byMonth || byWeek;
}
