import { renderTimetables } from '../../manifests/next-command.ts';
import { timetables } from '../../manifests/next.ts';
import type { CliHost } from '../cli-host.ts';
import { readCount, readTime } from '../event/read-options.ts';
import { UsageError } from '../exit-code.ts';
import { readSchedules } from '../schedules.ts';

/** The options of `next`, as commander gives them. */
export interface NextOptions {
  readonly count: string;
  readonly from?: string;
  readonly manifests?: string;
  readonly json?: boolean;
}

/** Prints the coming ticks. */
export async function next(task: string | undefined, options: NextOptions, host: CliHost): Promise<void> {
  const count = readCount('--count', options.count, 1000);
  const from = options.from === undefined ? host.now() : readTime('--from', options.from);
  const manifests = await readSchedules(host.root, options.manifests);
  if (manifests === undefined)
    throw new UsageError('--manifests: expected a folder with the PingSources, because knative/base is not here');
  const tables = timetables(manifests, from, count).filter((table) => task === undefined || table.task === task);
  if (!options.json) {
    host.out(`${renderTimetables(tables)}\n`);
    return;
  }
  const plain = tables.map(({ task: name, schedule, timezone, runs }) => ({
    task: name,
    schedule,
    timezone,
    runs: runs.map(({ slot }) => slot.toISOString()),
  }));
  host.out(`${JSON.stringify(plain)}\n`);
}
