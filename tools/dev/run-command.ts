import path from 'node:path';
import { parseArgs } from 'node:util';
import colors from 'picocolors';
import { bakeCodeCache } from '../build/bake.ts';
import { buildApp } from '../build/build.ts';
import { startStack } from '../stack/stack.ts';
import { printable } from '../events/printable.ts';
import { listTasks, ROOT } from '../project.ts';
import { formatTable } from '../table.ts';
import { runTask, type TaskRun } from './run-task.ts';

/** `make run`: one real CloudEvent to each function process, on the embedded stack. Exit status 0 only if all are done. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { task: { type: 'string' }, data: { type: 'string' } } });
  const task = values.task || undefined;
  const data = values.data || undefined;
  const tasks = listTasks();
  if (task !== undefined && !tasks.includes(task))
    return complain(`TASK: expected one of ${tasks.join(', ')}, got ${JSON.stringify(task)}`);
  if (data !== undefined && task === undefined)
    return complain('DATA: expected TASK with it, as in make run TASK=increment-order DATA=\'{"pageSize": 20}\'');
  if (data !== undefined && !isJson(data))
    return complain(`DATA: expected JSON such as '{"pageSize": 20}', got ${data}`);

  step('building the application');
  const appDir = path.join(ROOT, 'dist/app');
  await buildApp({ root: ROOT, outDir: appDir });
  await bakeCodeCache(appDir);
  const stack = await startStack({}, (what) => step(`starting ${what}`));
  const runs: TaskRun[] = [];
  for (const name of task === undefined ? tasks : [task]) {
    step(`${name}: process, ${data === undefined ? 'tick' : 'manual event'}, call`);
    runs.push(await runTask(name, data, stack));
  }
  console.log(formatRuns(runs));
  const failed = runs.filter(({ line }) => line?.['outcome'] !== 'done');
  for (const run of failed) {
    console.error(colors.red(printable(`${run.task}: ${describe(run)}`)));
  }
  await stack.close();
  return failed.length === 0 ? 0 : 1;
}

const PHASES = ['boot', 'config', 'resolve', 'call', 'total'] as const;
const PAINT: Record<string, (text: string) => string> = { done: colors.green, skipped: colors.cyan };

/** The runs as a table: task, outcome, answer and gRPC status, rows, and milliseconds by phase. */
function formatRuns(runs: readonly TaskRun[]): string {
  const rows = runs.map(({ task, attempt, line = {} }) => {
    const { outcome = 'no answer', grpcCode = '-', summary, ms } = line as LogLine; // written by our own logger
    const paint = PAINT[outcome] ?? colors.red;
    const times = PHASES.map((phase) => ms?.[phase]?.toFixed(1) ?? '-');
    return [task, paint(outcome), `${attempt.status ?? '-'} ${grpcCode}`, String(summary?.rows ?? '-'), ...times];
  });
  const head = ['task', 'outcome', 'answer', 'rows', ...PHASES];
  const { columns } = process.stdout as { columns?: number }; // undefined in a pipe
  const text = formatTable({ head, rows, right: [3, 4, 5, 6, 7, 8] }, Number(process.env['COLUMNS']) || columns);
  return `${text}${colors.dim('times in ms, boot from the start of the process')}`;
}

interface LogLine {
  readonly outcome?: string;
  readonly grpcCode?: string;
  readonly summary?: { readonly rows: number };
  readonly ms?: Readonly<Record<string, number>>;
}

/** Why a run is not done: its own error, else what its caller saw. */
function describe({ attempt, line }: TaskRun): string {
  const error = line?.['error'];
  return typeof error === 'string' ? error : (attempt.error ?? attempt.body);
}

function step(what: string): void {
  console.error(colors.dim(`· ${what}`));
}

function complain(problem: string): number {
  console.error(colors.red(problem));
  return 2;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

process.exit(await main()); // the Nacos SDK's timers would keep the process up for 10 s
