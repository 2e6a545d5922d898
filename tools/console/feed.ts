import type { ServerResponse } from 'node:http';
import type { BackfillRunner } from '../backfill/runner.ts';
import type { Change, LocalCluster } from '../dev/local-cluster.ts';
import { toRunView } from './run-view.ts';
import type { ConsoleState, RunView } from './state.ts';
import { toBackfillView, toClockView, toDocumentViews, toState, toTaskView } from './views.ts';

type Part = Exclude<Change['of'], 'run'> | 'backfills';

const BATCH_MS = 40; // a tick makes a dozen changes; more than 25 updates a second nobody sees
const KEEP_ALIVE_MS = 15_000;

/** Server-sent events: the whole state to a page that connects, then what has changed. */
export class Feed {
  readonly #cluster: LocalCluster;
  readonly #backfills: BackfillRunner;
  readonly #pages = new Set<ServerResponse>();
  readonly #parts = new Set<Part>();
  readonly #runs = new Map<string, RunView>();
  readonly #unsubscribe: () => void;
  readonly #keepAlive: NodeJS.Timeout;
  #batch: NodeJS.Timeout | undefined;

  constructor(cluster: LocalCluster, backfills: BackfillRunner) {
    this.#cluster = cluster;
    this.#backfills = backfills;
    this.#unsubscribe = cluster.onChange((change) => this.#note(change));
    this.#keepAlive = setInterval(() => this.#write(': still here\n\n'), KEEP_ALIVE_MS);
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
    clearTimeout(this.#batch);
    for (const page of this.#pages) page.end();
  }

  #note(change: Change): void {
    if (change.of === 'run') this.#runs.set(change.run.id, toRunView(change.run));
    else this.#parts.add(change.of);
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
