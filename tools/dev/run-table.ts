import Table from 'cli-table3';
import colors from 'picocolors';
import type { TaskRun } from './run-task.ts';

const PHASES = ['boot', 'config', 'resolve', 'call', 'total'] as const;
const PAINT: Record<string, (text: string) => string> = { done: colors.green, skipped: colors.cyan };

/** The runs as a table: task, outcome, gRPC status, rows, and milliseconds by phase. */
export function formatRuns(runs: readonly TaskRun[]): string {
  const table = new Table({
    head: ['task', 'outcome', 'HTTP', 'gRPC', 'rows', ...PHASES.map((phase) => `${phase} ms`)],
    style: { head: [], border: [] },
    colAligns: ['left', 'left', 'right', 'left', 'right', ...PHASES.map(() => 'right' as const)],
  });
  for (const { task, attempt, line = {} } of runs) {
    const { outcome = 'no answer', grpcCode = '-', summary, ms } = line as LogLine; // written by our own logger
    const paint = PAINT[outcome] ?? colors.red;
    const times = PHASES.map((phase) => ms?.[phase]?.toFixed(1) ?? '-');
    table.push([task, paint(outcome), attempt.status ?? '-', grpcCode, summary?.rows ?? '-', ...times]);
  }
  return table.toString();
}

interface LogLine {
  readonly outcome?: string;
  readonly grpcCode?: string;
  readonly summary?: { readonly rows: number };
  readonly ms?: Readonly<Record<string, number>>;
}
