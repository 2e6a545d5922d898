import type { Bootstrap } from './env.ts';
import type { DocumentFetcher } from './config/fetch.ts';
import type { Trigger } from './event/read.ts';
import { createConnections } from './grpc/connections.ts';
import { loadMethod } from './grpc/method.ts';
import type { Nacos } from './nacos/client.ts';
import { createPrefetch, prefetchEarly } from './prefetch.ts';
import type { RunResult } from './result.ts';
import { run } from './run.ts';
import type { Task } from './task.ts';

/** What a run is done with: everything that a process can open its port without. */
export interface Engine {
  readonly run: (trigger: Trigger, signal: AbortSignal) => Promise<RunResult>;
  /** Closes the channels. */
  readonly close: () => void;
}

interface Tools {
  readonly bootstrap: Bootstrap;
  readonly nacos: Nacos;
  readonly fetchDocuments: DocumentFetcher;
  readonly consumeBootMs: () => number | undefined;
  readonly monotonicMs: () => number;
  readonly now: () => Date;
}

/** Makes the task's engine, and begins to prepare for the first event. Rejects when the task's .proto is wrong. */
export async function createEngine(task: Task, tools: Tools): Promise<Engine> {
  const connections = createConnections();
  const prepare = prefetchEarly(
    createPrefetch(task, { ...tools, connections, random: Math.random }),
    tools.monotonicMs,
  );
  const method = await loadMethod<object, object>(task.rpc);
  const runTools = { ...tools, task, method, prepare, budgetMs: tools.bootstrap.budgetMs };
  return {
    run: (trigger, signal) => run(trigger, signal, runTools),
    close: () => connections.close(),
  };
}
