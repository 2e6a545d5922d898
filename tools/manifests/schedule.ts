import { Cron } from 'croner';
import { parseCronFields, ScheduleError, type CronField, type CronFields } from './cron-fields.ts';

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

/** `Asia/Shanghai`, each part with a capital: Go reads the zone as a file's name, so the case counts. */
const AREA_AND_PLACE = /^(?!SystemV)[A-Z][\w+-]*(\/[A-Z][\w+-]*)+$/;
/** The names of tzdata without an area. `Intl` knows more (CST, PST, CTT …), which Go refuses. */
const ALONE: ReadonlySet<string> = new Set(
  'CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT UTC Universal W-SU WET Zulu'.split(
    ' ',
  ),
);

/** Why `timezone` is no name that Go's zone database has; undefined when it is one. Go minds the case, `Intl` does not. */
export function timezoneProblem(timezone: string): string | undefined {
  const expected = `expected an IANA zone such as "Asia/Shanghai", got ${JSON.stringify(timezone)}`;
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone;
    if (known !== timezone && known.toLowerCase() === timezone.toLowerCase())
      return `${expected} (it is spelled ${known})`;
  } catch {
    return expected;
  }
  return AREA_AND_PLACE.test(timezone) || ALONE.has(timezone) ? undefined : expected;
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
