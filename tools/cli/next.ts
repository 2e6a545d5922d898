import type { Command } from 'commander';
import { formatDuration } from '../../functions/runtime/duration.ts';
import { formatTable } from '../table.ts';
import { UsageError } from './exit-code.ts';
import type { CliHost } from './host.ts';
import { readCount, readTime, taskArgument } from './options.ts';
import {
  formatTick,
  loadWindows,
  localTime,
  readBaseManifests,
  timeContextOf,
  timetables,
  type TaskTimetable,
  type Window,
} from './timetable.ts';

/** `next`: the coming ticks. */
export function addNext(program: Command, host: CliHost): void {
  program
    .command('next')
    .description('the next runs of one task, or of all')
    .addHelpText('after', '\nShows the next ticks of the PingSources in knative/base, in their zone and in UTC.')
    .addArgument(taskArgument('[task]', 'all tasks when missing', host.root))
    .option('--count <number>', 'ticks per task', '5')
    .option('--from <time>', 'ticks after this moment (see times); now when missing')
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
  const from =
    options.from === undefined ? host.now() : readTime('--from', options.from, await timeContextOf(task, host));
  const manifests = await readBaseManifests(host.root, options.manifests);
  if (manifests === undefined)
    throw new UsageError('--manifests: expected a folder with the PingSources, because knative/base is not here');
  const windowOf = await loadWindows(host.root);
  const all = timetables(manifests, from, count, windowOf);
  if (all.length === 0)
    throw new UsageError(
      `--manifests: expected a folder with PingSources or CronJobs, found none in ${options.manifests ?? 'knative/base'}`,
    );
  const tables = all.filter((table) => task === undefined || table.task === task);
  if (!options.json) {
    host.out(renderTimetables(tables, host.columns));
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
export function renderTimetables(tasks: readonly TaskTimetable[], columns: number | undefined): string {
  const hasWindow = tasks.some(({ runs }) => runs.some(({ window }) => window !== undefined));
  const rows = tasks.map(({ task, schedule, timezone, runs }) => {
    const ticks = runs.map(({ slot }) => formatTick(slot, timezone));
    const windows = runs.map(({ window }) => (window === undefined ? '-' : formatWindow(window, timezone)));
    return [
      `${task}\n${schedule}\n${timezone}`,
      ticks.map(([local]) => local).join('\n') || 'never',
      ticks.map(([, utc]) => utc).join('\n'),
      ...(hasWindow ? [windows.join('\n')] : []),
    ];
  });
  const head = ['task', 'local time', 'UTC', ...(hasWindow ? ['window (local)'] : [])];
  return formatTable({ head, rows }, columns);
}

/** `11-23 02:45 + 2h10m`: where it begins, and how long it is. */
function formatWindow({ start, end }: Window, timezone: string): string {
  return `${localTime(start, timezone).slice('2026-'.length)} + ${formatDuration(end.getTime() - start.getTime())}`;
}
