import type { Command } from 'commander';
import { formatDuration, parseDuration } from '../../functions/runtime/duration.ts';
import { formatRfc3339 } from '../../functions/runtime/rfc3339.ts';
import type { Task } from '../../functions/runtime/task.ts';
import {
  PlanError,
  planWindows,
  resolvePlan,
  windowProblemsOf,
  type BackfillPlan,
  type Range,
} from '../backfill/plan.ts';
import type { BackfillData, BackfillWindow } from '../backfill/window-event.ts';
import { openInProcess } from '../events/in-process.ts';
import { openSender, type Sender } from '../events/open-sender.ts';
import { loadTask } from '../project.ts';
import { formatTable } from '../table.ts';
import { runBackfill } from './backfill/run.ts';
import { readState, stateFileOf, type BackfillIdentity } from './backfill/state.ts';
import { UsageError } from './exit-code.ts';
import type { CliHost } from './host.ts';
import {
  addEnvFile,
  addSenderOptions,
  readCount,
  readData,
  readDuration,
  readEnvironment,
  readSenderOptions,
  readTime,
  taskArgument,
  type SenderFlags,
  type TimeContext,
} from './options.ts';
import { timeContextOf } from './timetable.ts';

/** `backfill`: a past stretch of time, window by window. */
export function addBackfill(program: Command, host: CliHost): void {
  const command = program
    .command('backfill')
    .description('fill a past stretch of time, window by window')
    .addHelpText(
      'after',
      '\nCuts a past stretch of time into windows as long as the upstream API allows and sends an event for each: in this process as run does, or to --url, or through kubectl with --namespace or --context. Stops at the first failure. Event ids and run keys follow from the windows, so that a second start of the same backfill repeats no work.',
    )
    .addArgument(taskArgument('<task>', 'what to fill', host.root))
    .requiredOption('--from <time>', 'the start (see times)')
    .requiredOption('--to <time>', 'the end, exclusive (see times)')
    .option('--step <duration>', 'shorter windows than the upstream API allows')
    .option('--overlap <duration>', 'how far each window reaches back before its slice; as configured when missing')
    .option('--parallel <number>', 'windows under way at a time; one process works on one at a time', '1')
    .option('--data <json>', 'further request fields in proto3 JSON, or @file')
    .option('--resume', 'leave out the windows that an earlier start has done')
    .option('--state <file>', 'where to remember them; in $XDG_STATE_HOME/bi-cron when missing')
    .option('--dry-run', 'list the windows, send nothing')
    .option('--json', 'JSON on standard output');
  addSenderOptions(addEnvFile(command))
    .addHelpText(
      'after',
      `
Examples:
  $ bi-cron backfill increment-order --from 2026-11-19 --to 2026-11-22 --dry-run
  $ bi-cron backfill increment-order --from … --to … --url http://…/
  $ bi-cron backfill increment-order --from … --to … --url http://…/ --resume

In this process the function writes its log line for each window to standard error, on a terminal only with --verbose; LOG_LEVEL=warn leaves out those that are done. Ctrl-C finishes the window under way and stops; a second one gives it up. Nothing is lost: --resume goes on from there. The windows, ids and run keys are those of the console's backfill.`,
    )
    .action((task: string, options: BackfillOptions) => backfill(task, options, host));
}

interface BackfillOptions extends SenderFlags {
  readonly from: string;
  readonly to: string;
  readonly step?: string;
  readonly overlap?: string;
  readonly parallel: string;
  readonly data?: string;
  readonly resume?: boolean;
  readonly state?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly env?: string;
}

const MAX_PARALLEL = 16;

/** Plans a backfill, and lists or sends its windows. */
async function backfill(name: string, options: BackfillOptions, host: CliHost): Promise<void> {
  const now = host.now();
  const range = readRange(options.from, options.to, await timeContextOf(name, host));
  const parallel = readCount('--parallel', options.parallel, MAX_PARALLEL);
  const data = await readData(options.data);
  const task = await loadTask(name, host.root);
  requireWindowed(task, data);
  const env = await readEnvironment(options.env, host.env);

  const [from, to] = [range.from.toISOString(), range.to.toISOString()];
  const identity: BackfillIdentity = { task: name, from, to, destination: destinationOf(options, env), data };
  const file = options.state ?? stateFileOf(identity, env);
  const before = await readState(file, identity);
  const resumed = options.resume ? before : undefined;

  const stepMs = options.step === undefined ? undefined : readDuration('--step', options.step);
  if (resumed !== undefined && stepMs !== undefined && stepMs !== resumed.stepMs)
    throw new UsageError(
      `--step: expected ${formatDuration(resumed.stepMs)} as the backfill was started, got ${options.step}`,
    );
  const overlapMs = options.overlap === undefined ? undefined : readOverlap(options.overlap);
  const { plan, windows } = orUsageError(() => {
    const { stepMs: ownStepMs, overlapMs: ownOverlapMs } = resumed ?? resolvePlan(task, range, { stepMs, overlapMs });
    const cut = { stepMs: ownStepMs, overlapMs: ownOverlapMs };
    return { plan: cut, windows: planWindows(range, { task: name, ...cut, data }, windowProblemsOf(task, now)) };
  });
  const done = new Set(resumed?.done);
  if (options.dryRun) {
    showPlan(windows, plan, done, { json: options.json ?? false, host });
    return;
  }

  if (options.resume && before === undefined) host.err(`nothing to resume in ${file}: from the beginning\n`);
  if (!options.resume && before !== undefined)
    host.err(`an earlier start did ${before.done.length} of these windows; --resume leaves them out\n`);
  await runBackfill({
    task: name,
    windows,
    data,
    openWorkers: (log) => openWorkers(task, parallel, options, { env, log }),
    file,
    state: { version: 1, ...identity, ...plan, done: [...done] },
    json: options.json ?? false,
    host,
  });
}

/** A plan that cannot be made is a wrong command line: its fields are options here. */
function orUsageError<Value>(plan: () => Value): Value {
  try {
    return plan();
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    throw new UsageError(error.field === 'window' ? error.message : `--${error.message}`, { cause: error });
  }
}

/** Reads `--from` and `--to`: a past stretch of time. Throws UsageError. */
function readRange(from: string, to: string, context: TimeContext): Range {
  const { now } = context;
  const range = { from: readTime('--from', from, context), to: readTime('--to', to, context) };
  if (range.to <= range.from) throw new UsageError(`--to: expected a time after --from (${from}), got ${to}`);
  if (range.to > now)
    throw new UsageError(`--to: expected a time that is past (now is ${now.toISOString()}), got ${to}`);
  return range;
}

/** Refuses a task that has no window, and data that gives one. */
function requireWindowed(task: Task, data: BackfillData): void {
  if (task.window === undefined)
    throw new UsageError(`task: expected one whose request has a window, got ${task.name}`);
  if (data !== undefined && 'window' in data)
    throw new UsageError('--data: expected no window (--from and --to say it)');
}

function readOverlap(given: string): number {
  const overlapMs = parseDuration(given);
  if (overlapMs === undefined || overlapMs % 1000 !== 0)
    throw new UsageError(
      `--overlap: expected a duration such as 10m or 0s, whole seconds, got ${JSON.stringify(given)}`,
    );
  return overlapMs;
}

/** What is done in one environment is not done in another. */
function destinationOf({ url, namespace, context }: BackfillOptions, env: CliHost['env']): string {
  if (url !== undefined) return url;
  if (namespace !== undefined || context !== undefined)
    return `cluster ${context ?? 'current'}, namespace ${namespace ?? 'current'}`;
  return `${env['DEPLOY_ENV'] ?? ''} by Nacos ${env['NACOS_SERVER_ADDR'] ?? ''}, namespace ${env['NACOS_NAMESPACE'] ?? ''}`;
}

/** A function in this process takes one run at a time, so each worker has its own; elsewhere all share one way. */
async function openWorkers(
  task: Task,
  count: number,
  options: BackfillOptions,
  { env, log }: { env: CliHost['env']; log: (line: string) => void },
): Promise<Sender[]> {
  const { url, namespace, context } = options;
  if (url !== undefined || namespace !== undefined || context !== undefined) {
    const sender = await openSender(task.name, readSenderOptions(options));
    return Array.from({ length: count }, () => sender);
  }
  return Promise.all(Array.from({ length: count }, () => openInProcess(task, env, { logTo: { write: log } })));
}

/** Lists the windows of a backfill, those that are done marked. */
function showPlan(
  windows: readonly BackfillWindow[],
  plan: BackfillPlan,
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
  const table = rows.map(({ runKey, window, done: isDone }, index) => [
    isDone ? green('done') : String(index + 1),
    `[${window.start}, ${window.end})`,
    dim(runKey),
  ]);
  const step = `step ${formatDuration(plan.stepMs)}, overlap ${formatDuration(plan.overlapMs)}`;
  const text = formatTable({ head: ['', 'window asked for', 'run key'], rows: table }, host.columns);
  host.out(`${text}${rows.length} windows, ${step}; nothing was sent\n`);
}
