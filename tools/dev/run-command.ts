import path from 'node:path';
import { parseArgs } from 'node:util';
import colors from 'picocolors';
import { bakeCodeCache } from '../build/bake.ts';
import { buildApp } from '../build/build.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { printable } from '../events/printable.ts';
import { listTasks, ROOT } from '../project.ts';
import { formatTable } from '../table.ts';
import { CloudEvent } from 'cloudevents';
import { MANUAL_TYPE } from '../../functions/runtime/event/event-types.ts';
import { startFunction } from '../stack/function-process.ts';
import { type PostResult, postEvent } from '../stack/post.ts';
import { createPingSource } from '../stack/senders/ping-source.ts';

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

/** What one run of a task left behind. */
export interface TaskRun {
  readonly task: string;
  readonly attempt: PostResult;
  /** The run's own log line; undefined when the process wrote none. */
  readonly line: Record<string, unknown> | undefined;
  /** From process start to the open port, in ms. */
  readonly startMs: number;
  readonly exit: number | NodeJS.Signals;
}

/** Starts the task's process as the image does, sends it one event, and ends it: scheduled without `data`, else manual. */
export async function runTask(task: string, data: string | undefined, stack: Stack): Promise<TaskRun> {
  const startedAt = performance.now();
  const fn = await startFunction({ task, env: stack.env });
  const startMs = performance.now() - startedAt;
  const attempt = data === undefined ? await tick(task, fn.url) : await postManual(task, data, fn.url);
  const exit = await fn.stop();
  return { task, attempt, line: fn.runs().at(-1), startMs, exit };
}

async function tick(task: string, sink: string): Promise<PostResult> {
  const pingSource = createPingSource({
    name: task,
    namespace: 'bi-cron',
    sink,
    contentType: 'application/json',
    data: '{}',
    random: () => 0,
  });
  const { attempts } = await pingSource.tick();
  return attempts.at(-1) as PostResult; // a delivery has at least one attempt
}

function postManual(task: string, data: string, sink: string): Promise<PostResult> {
  const event = new CloudEvent({
    source: '/bi-cron/make-run',
    type: MANUAL_TYPE,
    subject: task,
    datacontenttype: 'application/json',
    data: JSON.parse(data) as Record<string, unknown>, // whatever it is, the function judges it
  });
  return postEvent(event, { sink, mode: 'structured' });
}
