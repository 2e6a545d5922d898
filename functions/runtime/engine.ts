import type { DocumentFetcher, FetchedDocuments } from './config/fetch.ts';
import { createConfigLoader, type ConfigLoader } from './config/load.ts';
import type { TaskConfig } from './config/validate.ts';
import { orAbort, type Limits } from './deadline.ts';
import type { Bootstrap } from './env.ts';
import type { Trigger } from './event/read.ts';
import { createConnections } from './grpc/connections.ts';
import { loadMethod } from './grpc/method.ts';
import type { Nacos } from './nacos/client.ts';
import { askEarly, type EarlyAnswer, type EarlyInquiry } from './nacos/early.ts';
import type { Inquiry } from './nacos/inquiry.ts';
import { run, type Prefetch } from './run.ts';
import type { RunResult } from './run-record.ts';
import { findTarget, type Target } from './target.ts';
import type { Task } from './task.ts';
import { uptimeMs } from './uptime.ts';

/** What runs need and the open port does not. */
export interface Engine {
  /** One run, from its trigger to its ending; never rejects. `callers` aborts when no caller waits for it any more. */
  readonly run: (trigger: Trigger, callers: AbortSignal) => Promise<RunResult>;
  /** Closes the channels. */
  readonly close: () => void;
}

interface EngineParts {
  readonly bootstrap: Bootstrap;
  readonly nacos: Nacos;
  readonly fetch: DocumentFetcher;
  readonly early: EarlyInquiry;
  readonly documents: EarlyAnswer<FetchedDocuments>;
}

/** The lazy half of what is done before the first event. Rejects when the task's .proto is wrong. */
export async function createEngine(task: Task, { bootstrap, nacos, ...parts }: EngineParts): Promise<Engine> {
  const { fallbackDir, budgetMs } = bootstrap;
  const connections = createConnections();
  const places = { nacos, connections, fallbackDir, random: Math.random };
  const prefetch = createPrefetch({
    ...parts,
    loadConfig: createConfigLoader(task, bootstrap),
    findTarget: ({ backend }, limits) => findTarget(task.backend, backend, places, limits),
    monotonicMs: uptimeMs,
  });

  const method = await loadMethod<object, object>(task.rpc);
  const runner = { task, method, prefetch, budgetMs, monotonicMs: uptimeMs, now: () => new Date() };
  let bootMs: number | undefined = uptimeMs();
  return {
    run: (trigger, callers) => {
      const first = { bootMs };
      bootMs = undefined;
      return run(trigger, callers, { ...runner, ...first });
    },
    close: () => connections.close(),
  };
}

interface PrefetchParts {
  readonly early: EarlyInquiry;
  readonly documents: EarlyAnswer<FetchedDocuments>;
  readonly fetch: DocumentFetcher;
  readonly loadConfig: ConfigLoader;
  readonly findTarget: (config: TaskConfig, limits: Limits) => Promise<Target>;
  readonly monotonicMs: () => number;
}

/**
 * Reads the configuration again for each run: a change counts from the next run on. The first run's target is looked for
 * at once, before any event is here, from the documents that were fetched early: on a cold start the process connects to
 * the backend while it is still getting ready.
 */
export function createPrefetch({
  early,
  documents,
  fetch,
  loadConfig,
  findTarget,
  monotonicMs,
}: PrefetchParts): Prefetch {
  let first: FetchedDocuments | undefined;
  const target = askEarly(
    early,
    async (nacos) => {
      first = await documents.answer;
      return findTarget(loadConfig(first).config, { nacos, run: nacos.signal });
    },
    monotonicMs,
  );
  return async (limits) => {
    const fetched = await documents.take(limits.nacos, fetch);
    const loaded = loadConfig(fetched);
    const isFirst = fetched === first;
    return {
      ...loaded,
      findTarget: (own) => {
        const find = (nacos: Inquiry): Promise<Target> => findTarget(loaded.config, { ...own, nacos });
        return isFirst ? orAbort(target.take(own.nacos, find), own.run) : find(own.nacos);
      },
    };
  };
}
