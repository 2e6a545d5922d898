import { findingAt, textAt, titleOf, type Manifest, type RuleFinding } from '../manifest.ts';
import { BACKEND_LABEL, type ManifestSet } from '../manifest-set.ts';
import type { LintContext, Rule } from '../rule.ts';
import { firesOnDay, type Schedule } from '../schedule.ts';
import { scheduleOf } from './time-budget.ts';

/** Tasks of one backend compete for one upstream quota. */
export const noCollisions: Rule = {
  id: 'K025',
  title: 'No two tasks of one backend start in the same minute',
  reason: 'they compete for the same upstream quota, and the platform bans whoever exceeds it',
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
