import type { ServerResponse } from 'node:http';
import type { BackfillRunner, BackfillProgress } from '../backfill/runner.ts';
import type { Change, LocalCluster } from '../dev/local-cluster.ts';
import { toRunView } from './run-view.ts';
import { toServiceViews } from './service-view.ts';
import type { ConsoleState, RunView, BackfillView, ClockView, DocumentView, TaskView } from './state.ts';
import cronstrue from 'cronstrue';
import type { LocalTask } from '../dev/task-pool.ts';
import type { Schedule } from '../manifests/schedule.ts';
import { etagOf } from './api.ts';

type Part = Exclude<Change['of'], 'run'> | 'backfills' | 'services';

const BATCH_MS = 40; // a tick makes a dozen changes; more than 25 updates a second nobody sees
const KEEP_ALIVE_MS = 15_000;
const LOOK_MS = 500;

/** Server-sent events: the whole state to a page that connects, then what has changed. */
export class Feed {
  readonly #cluster: LocalCluster;
  readonly #backfills: BackfillRunner;
  readonly #pages = new Set<ServerResponse>();
  readonly #parts = new Set<Part>();
  readonly #runs = new Map<string, RunView>();
  readonly #unsubscribe: () => void;
  readonly #keepAlive: NodeJS.Timeout;
  readonly #look: NodeJS.Timeout;
  #services = '';
  #batch: NodeJS.Timeout | undefined;

  constructor(cluster: LocalCluster, backfills: BackfillRunner) {
    this.#cluster = cluster;
    this.#backfills = backfills;
    this.#unsubscribe = cluster.onChange((change) => this.#note(change));
    this.#keepAlive = setInterval(() => this.#write(': still here\n\n'), KEEP_ALIVE_MS);
    this.#look = setInterval(() => this.#lookAtServices(), LOOK_MS);
  }

  /** Keeps the response open and feeds it. */
  connect(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write(`retry: 1000\n${toMessage(toState(this.#cluster, this.#backfills))}`);
    this.#pages.add(response);
    response.once('close', () => this.#pages.delete(response));
  }

  backfillsChanged(): void {
    this.#parts.add('backfills');
    this.#schedule();
  }

  close(): void {
    this.#unsubscribe();
    clearInterval(this.#keepAlive);
    clearInterval(this.#look);
    clearTimeout(this.#batch);
    for (const page of this.#pages) page.end();
  }

  #note(change: Change): void {
    if (change.of === 'run') this.#runs.set(change.run.id, toRunView(change.run));
    else this.#parts.add(change.of);
    this.#schedule();
  }

  /** An instance whose heartbeats stop makes no change that anybody announces, and one that beats makes many that nobody sees. */
  #lookAtServices(): void {
    if (this.#pages.size === 0) return;
    const services = JSON.stringify(toServiceViews(this.#cluster));
    if (services === this.#services) return;
    this.#services = services;
    this.#parts.add('services');
    this.#schedule();
  }

  #schedule(): void {
    this.#batch ??= setTimeout(() => this.#flush(), BATCH_MS);
  }

  #flush(): void {
    this.#batch = undefined;
    const cluster = this.#cluster;
    const update: Partial<ConsoleState> = {
      tasks: [...cluster.tasks.values()].map((task) => toTaskView(cluster, task)), // nearly every change moves a task's state, pause or next tick
      ...(this.#runs.size > 0 && { runs: [...this.#runs.values()] }),
      ...(this.#parts.has('clock') && { clock: toClockView(cluster) }),
      ...(this.#parts.has('faults') && { faults: cluster.faults.list() }),
      ...(this.#parts.has('services') && { services: toServiceViews(cluster) }),
      ...(this.#parts.has('documents') && { documents: toDocumentViews(cluster) }),
      ...(this.#parts.has('backfills') && { backfills: this.#backfills.list().map(toBackfillView) }),
      ...(this.#parts.has('build') && {
        build: { generation: cluster.generation, problem: cluster.buildProblem },
      }),
    };
    this.#parts.clear();
    this.#runs.clear();
    this.#write(toMessage(update));
  }

  #write(text: string): void {
    for (const page of this.#pages) page.write(text);
  }
}

function toMessage(state: Partial<ConsoleState>): string {
  return `data: ${JSON.stringify(state)}\n\n`;
}

const NEXT_COUNT = 3;
const SHOWN_VARIABLES = new Set(['DEPLOY_ENV', 'NACOS_SERVER_ADDR', 'NACOS_DATA_IDS']);

/** Everything that the page shows, now. */
export function toState(cluster: LocalCluster, backfills: BackfillRunner): ConsoleState {
  return {
    clock: toClockView(cluster),
    tasks: [...cluster.tasks.values()].map((task) => toTaskView(cluster, task)),
    runs: cluster.history.list().map(toRunView),
    faults: cluster.faults.list(),
    services: toServiceViews(cluster),
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
