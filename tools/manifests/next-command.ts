import { join } from 'node:path';
import Table from 'cli-table3';
import { Command, CommanderError } from 'commander';
import { ROOT } from '../project.ts';
import type { CommandHost } from './lint-command.ts';
import { timetables, type TaskTimetable, type Window, type WindowOf } from './next.ts';
import { readManifests } from './read-manifests.ts';
import { loadWindows } from './task-windows.ts';

/** Prints the next runs of every task. Resolves to the exit code: 0, or 2 when the manifests cannot be read. */
export async function nextCommand(argv: readonly string[], host: CommandHost, windowOf?: WindowOf): Promise<number> {
  const command = new Command('next')
    .description('The next runs of every task in its zone and in UTC, from the manifests')
    .argument('[files...]', 'files, directories, or - for standard input', [join(ROOT, 'knative/base')])
    .option('--count <number>', 'runs per task', '5')
    .option('--from <time>', 'runs after this instant, RFC 3339', host.now.toISOString())
    .exitOverride()
    .configureOutput({ writeOut: host.out, writeErr: host.err });
  try {
    command.parse(argv, { from: 'user' });
    const count = Number(command.getOptionValue('count'));
    if (!Number.isInteger(count) || count < 1) throw new Error('--count: expected a whole number of at least 1');
    const from = new Date(String(command.getOptionValue('from')));
    if (Number.isNaN(from.getTime())) throw new Error('--from: expected an RFC 3339 time such as 2026-11-22T00:00:00Z');
    const { manifests, findings } = await readManifests(command.processedArgs.flat().map(String), host.stdin);
    const [problem] = findings;
    if (problem !== undefined) throw new Error(`${problem.file}:${problem.line} ${problem.message}`);
    host.out(`${renderTimetables(timetables(manifests, from, count, windowOf))}\n`);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    host.err(`next: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
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

if (import.meta.main) {
  const host = {
    stdin: process.stdin,
    out: (text: string) => process.stdout.write(text),
    err: (text: string) => process.stderr.write(text),
    now: new Date(),
  };
  process.exitCode = await nextCommand(process.argv.slice(2), host, await loadWindows());
}
