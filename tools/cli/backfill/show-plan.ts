import Table from 'cli-table3';
import { formatDuration } from '../../../functions/runtime/duration.ts';
import { formatRfc3339 } from '../../../functions/runtime/rfc3339.ts';
import type { CliHost } from '../cli-host.ts';
import type { BackfillPlan } from './cut.ts';
import type { BackfillWindow } from '../../backfill/plan.ts';

/** Lists the windows of a backfill, those that are done marked. */
export function showPlan(
  windows: readonly BackfillWindow[],
  cut: Pick<BackfillPlan, 'stepMs' | 'overlapMs'>,
  done: ReadonlySet<string>,
  { json, host }: { json: boolean; host: CliHost },
): void {
  const rows = windows.map(({ start, end, from, runKey }) => ({
    runKey,
    slice: { start: formatRfc3339(start), end: formatRfc3339(end) },
    window: { start: formatRfc3339(from), end: formatRfc3339(end) },
    done: done.has(runKey),
  }));
  if (json) {
    host.out(`${JSON.stringify(rows)}\n`);
    return;
  }
  const { green, dim } = host.colors.out;
  const table = new Table({ head: ['', 'window asked for', 'run key'], style: { head: [], border: [] } });
  for (const [index, { runKey, window, done: isDone }] of rows.entries())
    table.push([isDone ? green('done') : index + 1, `[${window.start}, ${window.end})`, dim(runKey)]);
  const step = `step ${formatDuration(cut.stepMs)}, overlap ${formatDuration(cut.overlapMs)}`;
  host.out(`${table.toString()}\n${rows.length} windows, ${step}; nothing was sent\n`);
}
