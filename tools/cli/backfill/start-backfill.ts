import { formatDuration } from '../../../functions/runtime/duration.ts';
import type { Task } from '../../../functions/runtime/task.ts';
import { windowProblemsOf } from '../../backfill/task-window.ts';
import { planWindows } from '../../backfill/plan.ts';
import { loadTask } from '../../project.ts';
import { resolvePlan, readRange, requireWindowed } from './cut.ts';
import { fill } from './fill.ts';
import { showPlan } from './show-plan.ts';
import { readState, stateFileOf, type BackfillIdentity } from './state.ts';
import type { CliHost } from '../cli-host.ts';
import { readEnvironment } from '../environment.ts';
import { readCount, readData, readDuration } from '../event/read-options.ts';
import { UsageError } from '../exit-code.ts';
import { openInProcess } from '../../events/in-process.ts';
import { reach } from '../../events/reach.ts';
import { type ReachOptions } from '../reach-options.ts';
import type { Sender } from '../../events/sender.ts';

/** The options of `backfill`, as commander gives them. */
export interface BackfillOptions extends ReachOptions {
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
export async function backfill(name: string, options: BackfillOptions, host: CliHost): Promise<void> {
  const now = host.now();
  const range = readRange(options.from, options.to, now);
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

  const problemsOf = windowProblemsOf(task, now);
  const cut = resumed ?? resolvePlan(task, { step: options.step, overlap: options.overlap }, range);
  if (resumed !== undefined && options.step !== undefined && readDuration('--step', options.step) !== resumed.stepMs)
    throw new UsageError(
      `--step: expected ${formatDuration(resumed.stepMs)} as the backfill was begun, got ${options.step}`,
    );
  const windows = planWindows(range, { task: name, stepMs: cut.stepMs, overlapMs: cut.overlapMs, data }, problemsOf);
  const done = new Set(resumed?.done);
  if (options.dryRun) {
    showPlan(windows, cut, done, { json: options.json ?? false, host });
    return;
  }

  if (options.resume && before === undefined) host.err(`nothing to resume in ${file}: from the beginning\n`);
  if (!options.resume && before !== undefined)
    host.err(`an earlier start did ${before.done.length} of these windows; --resume leaves them out\n`);
  await fill({
    task: name,
    windows,
    data,
    openLanes: (log) => openLanes(task, parallel, options, { env, log }),
    file,
    state: { version: 1, ...identity, stepMs: cut.stepMs, overlapMs: cut.overlapMs, done: [...done] },
    json: options.json ?? false,
    host,
  });
}

/** What is done in one environment is not done in another. */
function destinationOf({ url, namespace, context }: BackfillOptions, env: CliHost['env']): string {
  if (url !== undefined) return url;
  if (isOnCluster({ namespace, context }))
    return `cluster ${context ?? 'current'}, namespace ${namespace ?? 'current'}`;
  return `${env['DEPLOY_ENV'] ?? ''} by Nacos ${env['NACOS_SERVER_ADDR'] ?? ''}, namespace ${env['NACOS_NAMESPACE'] ?? ''}`;
}

function isOnCluster({
  namespace,
  context,
}: {
  namespace?: string | undefined;
  context?: string | undefined;
}): boolean {
  return namespace !== undefined || context !== undefined;
}

/** A function in this process takes one run at a time, so each lane has its own; elsewhere all share one way. */
async function openLanes(
  task: Task,
  count: number,
  options: BackfillOptions,
  { env, log }: { env: CliHost['env']; log: (line: string) => void },
): Promise<Sender[]> {
  if (options.url !== undefined || isOnCluster(options)) {
    const sender = await reach(task.name, options);
    return Array.from({ length: count }, () => sender);
  }
  return Promise.all(Array.from({ length: count }, () => openInProcess(task, env, { logTo: { write: log } })));
}
