import cronstrue from 'cronstrue';
import type { BackfillProgress, BackfillRunner } from '../backfill/runner.ts';
import type { LocalCluster } from '../dev/local-cluster.ts';
import type { LocalTask } from '../dev/task-pool.ts';
import type { Schedule } from '../manifests/schedule.ts';
import { toRunView } from './run-view.ts';
import { etagOf } from './api.ts';
import type { BackfillView, ClockView, ConsoleState, DocumentView, TaskView } from './state.ts';

const NEXT_COUNT = 3;
const SHOWN_VARIABLES = new Set(['DEPLOY_ENV', 'NACOS_SERVER_ADDR', 'NACOS_DATA_IDS']);

/** Everything that the page shows, now. */
export function toState(cluster: LocalCluster, backfills: BackfillRunner): ConsoleState {
  return {
    clock: toClockView(cluster),
    tasks: [...cluster.tasks.values()].map((task) => toTaskView(cluster, task)),
    runs: cluster.history.list().map(toRunView),
    faults: cluster.faults.list(),
    documents: toDocumentViews(cluster),
    backfills: backfills.list().map(toBackfillView),
    build: { generation: cluster.generation, problem: cluster.buildProblem },
    environment: pickEnvironment(cluster.platform.env),
  };
}

/** By name, so that no secret that a platform may come to have is shown. */
function pickEnvironment(env: Readonly<Record<string, string>>): ConsoleState['environment'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => SHOWN_VARIABLES.has(name)));
}

export function toClockView({ clock }: LocalCluster): ClockView {
  const { speed, at, setAt } = clock.setting;
  return { speed, at: at.toISOString(), setAtMs: setAt, sentAtMs: Date.now() };
}

export function toDocumentViews({ config }: LocalCluster): DocumentView[] {
  return config.read().map(({ dataId, content }) => ({ dataId, content, etag: etagOf(content) }));
}

export function toTaskView(cluster: LocalCluster, { definition, manifests, activator, url }: LocalTask): TaskView {
  const { name, backend, rpc, safeToRepeat } = definition;
  const schedule = manifests.pingSource?.schedule;
  return {
    name,
    backend,
    method: rpc.method,
    safeToRepeat,
    schedule: schedule && {
      expression: schedule.expression,
      words: describe(schedule),
      timezone: schedule.timezone,
    },
    next: cluster.scheduler.nextOf(name, NEXT_COUNT).map((slot) => slot.toISOString()),
    state: activator.state,
    inFlight: activator.inFlight,
    paused: cluster.config.pausedReason(definition),
    timeoutMs: manifests.timeoutMs,
    url,
  };
}

export function toBackfillView({ from, to, message, ...progress }: BackfillProgress): BackfillView {
  return { ...progress, from: from.toISOString(), to: to.toISOString(), message };
}

function describe({ expression, fields }: Schedule): string {
  const isHourly = fields.hour.values.length === 24; // "every hour, every day" would go without saying
  return cronstrue.toString(expression, { use24HourTimeFormat: true, verbose: !isHourly });
}
