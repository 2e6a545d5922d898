import { parseCronFields, ScheduleError } from '../cron-fields.ts';
import { disturbedTicks } from '../daylight-saving.ts';
import { describeActual, findingAt, textAt, titleOf, valueAt, type Manifest, type RuleFinding } from '../manifest.ts';
import { BACKEND_LABEL, forEach, type LintContext, type ManifestSet, type Rule } from '../manifest-set.ts';
import { firesOnDay, nextRuns, timezoneProblem, type Schedule } from '../schedule.ts';
import { scheduleOf } from './time-budget.ts';

const SCHEDULE = ['spec', 'schedule'];

/** By the same grammar as PingSource's own webhook. */
export const readableSchedule: Rule = {
  id: 'K023',
  title: 'The schedule is given, is one that PingSource reads, and fires some day',
  reason: "PingSource's webhook refuses an unreadable schedule and fires every minute when there is none",
  check: forEach(scheduled, checkSchedule),
};

/** Never the pod's zone. */
export const timezone: Rule = {
  id: 'K024',
  title: 'The timezone is given, as an IANA name',
  reason: 'without one the ticks follow the zone of whatever pod sends them',
  check: forEach(scheduled, (manifest) => {
    const path = ['spec', zoneField(manifest)];
    const zone = textAt(manifest.body, path);
    const problem =
      zone === undefined
        ? `expected an IANA zone such as "Asia/Shanghai", but ${describeActual(valueAt(manifest.body, path))}`
        : timezoneProblem(zone);
    return problem === undefined ? [] : [findingAt(manifest, path, problem)];
  }),
};

/** A clock that is moved drops a tick or fires it twice. */
export const daylightSaving: Rule = {
  id: 'K026',
  title: 'No tick lies in an hour that daylight saving skips or repeats',
  reason: 'a skipped tick is not made up for, a repeated one is a second run with another slot',
  check: forEach(scheduled, checkDaylightSaving),
};

/** The function floors ce-time to the minute unless slotunit says otherwise. */
export const slotUnit: Rule = {
  id: 'K027',
  title: 'A six-field schedule with ticks off the full minute sets the extension slotunit: second',
  reason: 'all ticks of one minute would have one run key, and all but the first be skipped as duplicates',
  check: forEach((set) => set.pingSources, checkSlotUnit),
};

function scheduled(set: ManifestSet): Manifest[] {
  return [...set.pingSources, ...set.jobs.filter(({ kind }) => kind === 'CronJob')];
}

function zoneField(manifest: Manifest): string {
  return manifest.kind === 'CronJob' ? 'timeZone' : 'timezone';
}

function checkSchedule(manifest: Manifest, _set: ManifestSet, { now }: LintContext): RuleFinding[] {
  const expression = textAt(manifest.body, SCHEDULE);
  if (expression === undefined) {
    return [
      findingAt(manifest, SCHEDULE, `expected a schedule, but ${describeActual(valueAt(manifest.body, SCHEDULE))}`),
    ];
  }
  try {
    parseCronFields(expression);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    return [findingAt(manifest, SCHEDULE, `${error.message} in ${JSON.stringify(expression)}`)];
  }
  if (manifest.kind === 'CronJob' && !/^@|^\S+(\s+\S+){4}$/.test(expression.trim())) {
    return [
      findingAt(manifest, SCHEDULE, `expected 5 fields, a CronJob has no seconds, got ${JSON.stringify(expression)}`),
    ];
  }
  const schedule = scheduleOf(manifest);
  return schedule === undefined || nextRuns(schedule, now, 1).length > 0
    ? []
    : [findingAt(manifest, SCHEDULE, `expected a day that exists, but ${JSON.stringify(expression)} never fires`)];
}

function checkDaylightSaving(manifest: Manifest, _set: ManifestSet, { now }: LintContext): RuleFinding[] {
  const schedule = scheduleOf(manifest);
  if (schedule === undefined) return [];
  return disturbedTicks(schedule, now).map(({ kind, localTime }) =>
    findingAt(
      manifest,
      SCHEDULE,
      `expected ticks outside the hour of a clock change in ${schedule.timezone}, but ${localTime} ${kind === 'gap' ? 'does not exist' : 'comes twice'}`,
    ),
  );
}

function checkSlotUnit(source: Manifest): RuleFinding[] {
  const schedule = scheduleOf(source);
  const path = ['spec', 'ceOverrides', 'extensions', 'slotunit'];
  const value = textAt(source.body, path);
  if (schedule === undefined || value === 'second') return [];
  const { second } = schedule.fields;
  return second.values.length === 1 && second.values[0] === 0
    ? []
    : [
        findingAt(
          source,
          path,
          `expected "second" for the six-field schedule ${JSON.stringify(schedule.expression)}, but ${describeActual(value)}`,
        ),
      ];
}

/** Tasks of one backend compete for one upstream quota. */
export const noCollisions: Rule = {
  id: 'K025',
  title: 'No two tasks of one backend start in the same minute',
  reason: 'they compete for the same upstream quota, and the platform bans clients that exceed it',
  check: checkCollisions,
};

interface Timed {
  readonly manifest: Manifest;
  readonly schedule: Schedule;
  readonly backend: string;
}

function checkCollisions(set: ManifestSet, { now }: LintContext): RuleFinding[] {
  const timed = timedTasks(set);
  return timed.flatMap((own, index) =>
    timed
      .slice(0, index)
      .filter((other) => other.backend === own.backend && other.manifest.name !== own.manifest.name)
      .flatMap((other) => compare(own, other, now)),
  );
}

function compare(own: Timed, other: Timed, now: Date): RuleFinding[] {
  const found = (message: string): RuleFinding[] => [findingAt(own.manifest, ['spec', 'schedule'], message)];
  if (own.schedule.timezone !== other.schedule.timezone) {
    return found(
      `expected the timezone ${other.schedule.timezone} of ${titleOf(other.manifest)}, which has the same backend ${own.backend}, got ${own.schedule.timezone}: their minutes cannot be told apart`,
    );
  }
  const minute = commonMinute(own.schedule, other.schedule, now);
  return minute === undefined
    ? []
    : found(
        `expected another minute than ${titleOf(other.manifest)} (${JSON.stringify(other.schedule.expression)}), which has the same backend ${own.backend}, got ${JSON.stringify(own.schedule.expression)}: both start at ${minute}`,
      );
}

/** `02:45`, the first minute of the day at which both fire on some day of the next four years; undefined when there is none. */
function commonMinute(left: Schedule, right: Schedule, now: Date): string | undefined {
  const hour = left.fields.hour.values.find((value) => right.fields.hour.values.includes(value));
  const minute = left.fields.minute.values.find((value) => right.fields.minute.values.includes(value));
  if (hour === undefined || minute === undefined) return undefined;
  for (let offset = 0; offset < 4 * 366; offset += 1) {
    const day = new Date(now.getTime() + offset * 86_400_000);
    const date = [day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate()] as const;
    if (firesOnDay(left.fields, ...date) && firesOnDay(right.fields, ...date)) {
      return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
    }
  }
  return undefined;
}

function timedTasks(set: ManifestSet): Timed[] {
  const runners = [...set.functions, ...set.jobs];
  return [...set.pingSources, ...set.jobs].flatMap((manifest) => {
    const schedule = scheduleOf(manifest);
    const runner = runners.find(({ name }) => name === manifest.name);
    const backend = runner && textAt(runner.body, ['metadata', 'labels', BACKEND_LABEL]);
    return schedule === undefined || backend === undefined ? [] : [{ manifest, schedule, backend }];
  });
}
