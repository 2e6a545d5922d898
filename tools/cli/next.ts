import Table from 'cli-table3';
import { Argument, type Command } from 'commander';
import { listTasks } from '../project.ts';
import { UsageError } from './exit-code.ts';
import type { CliHost } from './host.ts';
import { readCount, readTime } from './options.ts';
import { loadWindows, readBaseManifests, timetables, type TaskTimetable, type Window } from './timetable.ts';

/** `next`: the coming ticks. */
export function addNext(program: Command, host: CliHost): void {
  program
    .command('next')
    .description('the next runs of one task, or of all')
    .addHelpText('after', '\nShows the next ticks of the PingSources in knative/base, in their zone and in UTC.')
    .addArgument(new Argument('[task]', 'all tasks when missing').choices(listTasks(host.root)))
    .option('--count <number>', 'ticks per task', '5')
    .option('--from <time>', 'ticks after this moment, RFC 3339; now when missing')
    .option('--manifests <folder>', 'read the schedules from another folder')
    .option('--json', 'JSON on standard output')
    .addHelpText(
      'after',
      `\nExamples:\n  $ bi-cron next\n  $ bi-cron next full-order --count 3 --from 2026-12-31T00:00:00Z`,
    )
    .action((task: string | undefined, options: NextOptions) => next(task, options, host));
}

interface NextOptions {
  readonly count: string;
  readonly from?: string;
  readonly manifests?: string;
  readonly json?: boolean;
}

/** Prints the coming ticks. */
async function next(task: string | undefined, options: NextOptions, host: CliHost): Promise<void> {
  const count = readCount('--count', options.count, 1000);
  const from = options.from === undefined ? host.now() : readTime('--from', options.from);
  const manifests = await readBaseManifests(host.root, options.manifests);
  if (manifests === undefined)
    throw new UsageError('--manifests: expected a folder with the PingSources, because knative/base is not here');
  const windowOf = await loadWindows(host.root);
  const tables = timetables(manifests, from, count, windowOf).filter(
    (table) => task === undefined || table.task === task,
  );
  if (!options.json) {
    host.out(`${renderTimetables(tables)}\n`);
    return;
  }
  const plain = tables.map(({ task: name, schedule, timezone, runs }) => ({
    task: name,
    schedule,
    timezone,
    runs: runs.map(({ slot }) => slot.toISOString()),
    /** Of each run, in the same order. */
    windows: runs.map(({ window }) => window ?? null),
  }));
  host.out(`${JSON.stringify(plain)}\n`);
}

/** One table; the column with windows only when a task has one. */
export function renderTimetables(tasks: readonly TaskTimetable[]): string {
  const hasWindow = tasks.some(({ runs }) => runs.some(({ window }) => window !== undefined));
  const head = ['task', 'schedule', 'local time', 'UTC', ...(hasWindow ? ['window'] : [])];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { task, schedule, timezone, runs } of tasks) {
    const local = (time: Date): string => localTime(time, timezone);
    const row = [
      task,
      `${schedule}\n${timezone}`,
      runs.map(({ slot }) => local(slot)).join('\n') || 'never',
      runs.map(({ slot }) => slot.toISOString().replace('.000Z', 'Z')).join('\n'),
    ];
    if (hasWindow) row.push(runs.map(({ window }) => (window === undefined ? '-' : spanOf(window, local))).join('\n'));
    table.push(row);
  }
  return table.toString();
}

function spanOf({ start, end }: Window, local: (time: Date) => string): string {
  return `[${local(start)}, ${local(end)})`;
}

/** `Mon 2026-11-23 02:45:00` by the zone's clock. */
function localTime(time: Date, timezone: string): string {
  const date = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
  const day = new Intl.DateTimeFormat('en', { timeZone: timezone, weekday: 'short' });
  return `${day.format(time)} ${date.format(time)}`;
}
