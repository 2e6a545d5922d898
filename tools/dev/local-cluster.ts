import { createPingSource } from '../stack/senders/ping-source.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { ROOT } from '../project.ts';
import { Builder } from './builder.ts';
import { SimulatedClock } from './clock.ts';
import { LocalConfig } from './local-config.ts';
import { FaultSwitches } from './fault-switches.ts';
import { History, type RunRecord } from './history.ts';
import { Scheduler } from './scheduler.ts';
import { TaskPool, type LocalTask } from './task-pool.ts';

export interface LocalClusterOptions {
  readonly speed?: number;
  /** Where the simulated clock starts; now when missing. */
  readonly at?: Date | undefined;
  /** How long an idle process lives. */
  readonly idleMs?: number;
  readonly root?: string;
  /** The port of Nacos, which speaks gRPC on this + 1000; a free pair when missing or 0. */
  readonly nacosPort?: number;
  /** Simulators that Nacos is not to list at the start. */
  readonly without?: readonly string[];
  /** Called with what is being started. */
  readonly progress?: (step: string) => void;
}

/** What has changed, for those who show it. */
export type Change =
  | { readonly of: 'tasks' | 'clock' | 'faults' | 'documents' | 'build' }
  | { readonly of: 'run'; readonly run: RunRecord };

const IDLE_MS = 6000; // Knative: 60 s, and up to 30 s more
const NAMESPACE = 'bi-cron';
const WORK_MS = 400; // as long as a short upstream call: the phases of a run can be told apart

/**
 * A Knative-like cluster in this process: schedules of `knative/base` fire on a simulated clock, functions start from
 * zero as processes of the image's bundle, and everything they talk to is embedded.
 */
export class LocalCluster {
  readonly clock: SimulatedClock;
  readonly scheduler: Scheduler;
  readonly history: History;
  readonly #options: LocalClusterOptions;
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #stopping = new AbortController();
  readonly #senders = new Set<Promise<void>>();
  readonly #builder: Builder;
  readonly #pool: TaskPool;
  #platform: Stack | undefined;
  #config: LocalConfig | undefined;
  #faults: FaultSwitches | undefined;
  #generation = 0;
  #buildProblem: string | undefined;

  constructor(options: LocalClusterOptions = {}) {
    this.#options = options;
    this.clock = new SimulatedClock(options);
    this.clock.onSet(() => this.#announce({ of: 'clock' }));
    this.scheduler = new Scheduler(this.clock, {
      onTick: (task, slot) => this.#sendTick(task, slot),
      onMissed: (task, slot) => this.history.miss(task, slot),
    });
    this.history = new History({
      onChange: (run) => this.#announce({ of: 'run', run }),
      readDocuments: () => this.config.read(),
      now: () => this.clock.now(),
    });
    this.#pool = new TaskPool({
      root: this.root,
      env: () => this.platform.env,
      clock: this.clock,
      history: this.history,
      idleMs: options.idleMs ?? IDLE_MS,
      onState: () => this.#announce({ of: 'tasks' }),
    });
    this.#builder = new Builder({
      root: this.root,
      onBuild: async (build) => {
        await this.#pool.adopt(build);
        this.#generation = build.generation;
        this.#show();
      },
      onFailure: (message) => {
        this.#buildProblem = message;
        this.#announce({ of: 'build' });
      },
    });
  }

  get root(): string {
    return this.#options.root ?? ROOT;
  }

  /** By name. */
  get tasks(): ReadonlyMap<string, LocalTask> {
    return this.#pool.tasks;
  }

  /** What the functions talk to; the backends live on the simulated clock, so that they have orders when it runs ahead. */
  get platform(): Stack {
    return started(this.#platform);
  }

  get config(): LocalConfig {
    return started(this.#config);
  }

  get faults(): FaultSwitches {
    return started(this.#faults);
  }

  /** Why the sources do not build, or their manifests cannot be read; undefined when what runs is what stands in the folder. */
  get buildProblem(): string | undefined {
    return this.#buildProblem;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Starts everything; the first tick may fire at once. */
  async start(): Promise<void> {
    const { progress = () => {}, nacosPort: port = 0, without = [] } = this.#options;
    const backends = { now: () => this.clock.now(), latencyMs: WORK_MS };
    // A backend of one's own may register itself by any client of Nacos, and a console may look on.
    const nacos = { port, grpc: true, compatibility: { admin: true, console: true }, warn: progress };
    const platform = await startStack({ root: this.root, backends, without, ...nacos }, (what) =>
      progress(`starting ${what}`),
    );
    this.#platform = platform;
    this.#config = new LocalConfig(platform.nacos, platform.env);
    platform.nacos.configs.subscribe(() => this.#announce({ of: 'documents' }));
    this.#faults = new FaultSwitches({ ...platform, scheduler: this.scheduler }, () =>
      this.#announce({ of: 'faults' }),
    );
    progress('building the application');
    await this.#builder.start();
  }

  /** Returns the function that ends the subscription. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Ends every process, then what they talked to. */
  async close(): Promise<void> {
    this.scheduler.close();
    this.#stopping.abort();
    await this.#builder.close();
    await this.#pool.close();
    await Promise.all(this.#senders);
    await this.#platform?.close();
  }

  /** Schedules what the new build has. */
  #show(): void {
    this.#buildProblem = undefined;
    const schedules = [...this.tasks].flatMap(([name, { manifests }]) =>
      manifests.pingSource === undefined ? [] : [[name, manifests.pingSource.schedule] as const],
    );
    this.scheduler.setSchedules(new Map(schedules));
    this.#announce({ of: 'build' });
    this.#announce({ of: 'tasks' });
  }

  #sendTick(task: string, slot: Date): void {
    const sent = this.#deliver(task, slot).finally(() => this.#senders.delete(sent));
    this.#senders.add(sent);
    this.#announce({ of: 'tasks' });
  }

  /** Never rejects: a PingSource that the webhook would have refused sends nothing. */
  async #deliver(task: string, slot: Date): Promise<void> {
    const { manifests, url } = started(this.tasks.get(task));
    const { contentType = '', data = '', extensions = {} } = manifests.pingSource ?? {};
    const event = { name: task, namespace: NAMESPACE, contentType, data, extensions };
    try {
      const pingSource = createPingSource({ ...event, sink: url, signal: this.#stopping.signal });
      const { eventId, ending } = await pingSource.tick(slot);
      this.history.end(eventId, ending);
    } catch (error) {
      this.#buildProblem = error instanceof Error ? error.message : String(error);
      this.#announce({ of: 'build' });
      this.history.miss(task, slot);
    }
  }

  #announce(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function started<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('expected a started cluster');
  return value;
}
