import type { Bootstrap } from './env.ts';
import type { TaskConfig } from './config/validate.ts';
import { NACOS_BUDGET_MS, type DocumentFetcher, type FetchedDocuments } from './config/fetch.ts';
import { createConfigLoader } from './config/load.ts';
import type { Connections } from './grpc/connections.ts';
import type { Nacos } from './nacos/client.ts';
import type { Limits } from './deadline.ts';
import { orAbort } from './or-abort.ts';
import { findTarget, type Target } from './target.ts';
import type { Task } from './task.ts';

/** What a run needs before it can call. */
export interface RunInputs {
  readonly config: TaskConfig;
  readonly source: FetchedDocuments['source'];
  readonly findTarget: (limits: Limits) => Promise<Target>;
}

export type Prefetch = (limits: Limits) => Promise<RunInputs>;

interface Tools {
  readonly bootstrap: Bootstrap;
  readonly nacos: Nacos;
  readonly fetchDocuments: DocumentFetcher;
  readonly connections: Connections;
  readonly random: () => number;
}

/** Reads the configuration afresh for each run: a change counts from the next run on. */
export function createPrefetch(task: Task, tools: Tools): Prefetch {
  const { bootstrap } = tools;
  const targetTools = { ...tools, fallbackDir: bootstrap.fallbackDir };
  const loadConfig = createConfigLoader(task, bootstrap, tools.fetchDocuments);
  return async ({ nacos }) => {
    const { config, source } = await loadConfig(nacos);
    return {
      config,
      source,
      findTarget: (limits) => findTarget(task.backend, config.backend, targetTools, limits),
    };
  };
}

const EARLY_MS = 5000; // older than this, a configuration is read again

/**
 * Prepares at once, before any event is here, and gives that to the first run when it comes within 5 s: on a cold start
 * the process reads Nacos and connects while it is still opening its port.
 */
export function prefetchEarly(prepare: Prefetch, monotonicMs: () => number): Prefetch {
  const abandoned = new AbortController();
  const limit = AbortSignal.any([AbortSignal.timeout(NACOS_BUDGET_MS), abandoned.signal]);
  const startedAt = monotonicMs();
  let early: Promise<RunInputs> | undefined = startEarly(prepare, { nacos: limit, run: limit });
  early.catch(() => {}); // the first run hears of it
  return (limits) => {
    const isFresh = monotonicMs() - startedAt < EARLY_MS;
    const started = isFresh ? early : undefined;
    early = undefined;
    if (started === undefined) return prepare(limits);
    limits.run.addEventListener('abort', () => abandoned.abort(limits.run.reason), { once: true });
    return orAbort(started, limits.run);
  };
}

async function startEarly(prepare: Prefetch, limits: Limits): Promise<RunInputs> {
  const prepared = await prepare(limits);
  const target = prepared.findTarget(limits);
  target.catch(() => {}); // the first run hears of it
  return { ...prepared, findTarget: (own) => orAbort(target, own.run) };
}
