import { existsSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { optionSchemas } from '../../functions/runtime/config/option-schema.ts';
import type { Task } from '../../functions/runtime/task.ts';
import { defaultWindow, toDate } from '../../functions/runtime/window.ts';
import { textAt, type Manifest } from '../manifests/manifest.ts';
import { toManifestSet } from '../manifests/manifest-set.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { nextRuns, parseSchedule } from '../manifests/schedule.ts';
import { listTasks, loadTask } from '../project.ts';
import { UsageError } from './exit-code.ts';
import type { CliHost } from './host.ts';
import type { TimeContext } from './options.ts';

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

/** A tick by the zone's clock and in UTC: `Mon 2026-11-23 02:45` and `2026-11-22T18:45Z`; seconds only where there are some. */
export function formatTick(slot: Date, timezone: string): [local: string, utc: string] {
  const day = new Intl.DateTimeFormat('en', { timeZone: timezone, weekday: 'short' });
  return [`${day.format(slot)} ${localTime(slot, timezone)}`, slot.toISOString().replace(/(:00)?\.000Z$/, 'Z')];
}

/** `2026-11-23 02:45` by the zone's clock. */
export function localTime(time: Date, timezone: string): string {
  const date = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
  return date.format(time).replace(/:00$/, '');
}

/** The window that each task asks for at a slot by the task's defaults. */
export async function loadWindows(root: string): Promise<WindowOf> {
  const tasks = new Map<string, Task>();
  for (const name of listTasks(root)) tasks.set(name, await loadTask(name, root));
  return (name, slot) => {
    const task = tasks.get(name);
    if (task === undefined) return undefined;
    const options = v.parse(v.strictObject(optionSchemas(task.options)), {});
    const window = task.window && defaultWindow(task.window, slot, options, {});
    return window?.start && window.end ? { start: toDate(window.start), end: toDate(window.end) } : undefined;
  };
}

/**
 * The manifests of `knative/base`, or of another folder. Undefined without either, as in the image: what the cluster has may
 * have been changed since the image was built. Throws UsageError.
 */
export async function readBaseManifests(
  root: string,
  folder: string | undefined,
): Promise<readonly Manifest[] | undefined> {
  const directory = folder ?? path.join(root, 'knative/base');
  if (!existsSync(directory)) {
    if (folder !== undefined)
      throw new UsageError(`--manifests: expected a file or folder, got ${JSON.stringify(folder)}`);
    return undefined;
  }
  const { manifests, findings } = await readManifests([directory], noInput());
  const [problem] = findings;
  if (problem !== undefined) throw new UsageError(`${problem.file}:${problem.line} ${problem.message}`);
  return manifests;
}

// oxlint-disable-next-line require-yield -- an empty input is what it stands for
async function* noInput(): AsyncGenerator<string> {}

/** How times on the command line are read: a date is one of the zone in which the task (or every task) ticks, of UTC without manifests. */
export async function timeContextOf(task: string | undefined, host: CliHost): Promise<TimeContext> {
  const manifests = (await readBaseManifests(host.root, undefined)) ?? [];
  const sources = toManifestSet(manifests).pingSources.filter(({ name }) => task === undefined || name === task);
  const [timezone = 'UTC'] = sources.flatMap(({ body }) => textAt(body, ['spec', 'timezone']) ?? []);
  return { now: host.now(), timezone };
}
