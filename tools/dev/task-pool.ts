import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Task } from '../../functions/runtime/task.ts';
import { listTasks } from '../project.ts';
import { Activator } from './activator.ts';
import type { Build } from './builder.ts';
import { simulatedDateOption, type SimulatedClock } from './clock.ts';
import type { History } from './history.ts';
import { startPod, type Pod } from './pod.ts';
import { readTaskManifests, type TaskManifests } from './task-manifests.ts';

/** A task as it runs here. */
export interface LocalTask {
  readonly definition: Task;
  readonly manifests: TaskManifests;
  readonly activator: Activator;
  /** Where its events go. */
  readonly url: string;
}

export interface TaskPoolOptions {
  readonly root: string;
  /** The environment that leads the functions to what they talk to. */
  readonly env: () => Readonly<Record<string, string>>;
  readonly clock: SimulatedClock;
  readonly history: History;
  readonly idleMs: number;
  /** A process started, ended, or took a request. */
  readonly onState: () => void;
}

/** The tasks of a local cluster with their activators: what stands in `functions/` and `knative/base` at the latest build. */
export class TaskPool {
  readonly tasks = new Map<string, LocalTask>();
  readonly #options: TaskPoolOptions;
  #build: Build | undefined;

  constructor(options: TaskPoolOptions) {
    this.#options = options;
  }

  /** Takes a build over: new tasks come, missing ones go, and every process is replaced at its next request. */
  async adopt(build: Build): Promise<void> {
    const { root } = this.#options;
    const [catalog, manifests] = await Promise.all([loadTaskCatalog(root, build.generation), readTaskManifests(root)]);
    this.#build = build;
    for (const [name, { activator }] of this.tasks) {
      if (catalog.has(name)) continue;
      this.tasks.delete(name);
      await activator.close();
    }
    for (const [name, definition] of catalog) {
      const before = this.tasks.get(name);
      const activator = before?.activator ?? this.#createActivator(name);
      const url = before?.url ?? (await activator.listen());
      const own = manifests.find(({ task }) => task === name) ?? withoutManifests(name);
      this.tasks.set(name, { definition, manifests: own, activator, url });
      activator.replacePod();
    }
  }

  /** Ends every process. */
  async close(): Promise<void> {
    await Promise.all([...this.tasks.values()].map(({ activator }) => activator.close()));
  }

  #createActivator(task: string): Activator {
    const { idleMs, history, onState } = this.#options;
    return new Activator({
      startPod: (onLine) => this.#startPod(task, onLine),
      idleMs,
      timeoutMs: () => this.#manifestsOf(task).timeoutMs,
      onState,
      onProxiedRequest: (proxied) => history.pass(task, proxied),
      onLine: (line) => history.log(line),
    });
  }

  #startPod(task: string, onLine: (line: Record<string, unknown>) => void): Promise<Pod> {
    const { clock, env, root } = this.#options;
    const date = simulatedDateOption(clock.isReal ? 0 : clock.offsetMs());
    return startPod({
      task,
      env: { ...env(), ...this.#manifestsOf(task).env, ...(date !== '' && { NODE_OPTIONS: date }) },
      appDir: this.#build?.appDir ?? '',
      root,
      onLine,
    });
  }

  #manifestsOf(task: string): TaskManifests {
    return this.tasks.get(task)?.manifests ?? withoutManifests(task);
  }
}

/** A task that has no manifest yet runs on demand. */
function withoutManifests(task: string): TaskManifests {
  return { task, pingSource: undefined, env: {}, timeoutMs: 300_000 };
}

/**
 * The definitions of all tasks as they stand in the folder now: a changed `task.ts` is read again. What it imports is
 * read once per process.
 */
export async function loadTaskCatalog(root: string, generation: number): Promise<ReadonlyMap<string, Task>> {
  const entries = await Promise.all(
    listTasks(root).map(async (name) => {
      const url = pathToFileURL(path.join(root, 'functions', name, 'task.ts'));
      url.search = `generation=${generation}`;
      const { task } = (await import(url.href)) as { task: Task }; // the one export of every task.ts
      return [name, task] as const;
    }),
  );
  return new Map(entries);
}
