import type { DocumentFetcher, EarlyFetch, FetchedDocuments } from './config/fetch.ts';
import { createConfigLoader } from './config/load.ts';
import { orAbort } from './deadline.ts';
import type { Bootstrap } from './env.ts';
import type { Trigger } from './event/read.ts';
import { createConnections } from './grpc/connections.ts';
import { loadMethod } from './grpc/method.ts';
import type { Nacos } from './nacos/client.ts';
import { run, type Prepare, type RunInputs } from './run.ts';
import type { RunResult } from './run-record.ts';
import { findTarget } from './target.ts';
import type { Task } from './task.ts';
import { uptimeMs } from './uptime.ts';

/** What a run is done with: everything that a process can open its port without. */
export interface Engine {
  /** One run, from its trigger to its ending; never rejects. `callers` aborts when nobody waits for it any more. */
  readonly run: (trigger: Trigger, callers: AbortSignal) => Promise<RunResult>;
  /** Closes the channels. */
  readonly close: () => void;
}

interface EngineParts {
  readonly bootstrap: Bootstrap;
  readonly nacos: Nacos;
  readonly fetch: DocumentFetcher;
  readonly early: EarlyFetch;
}

/** The lazy half of what is done before the first event. Rejects when the task's .proto is wrong. */
export async function createEngine(task: Task, { bootstrap, nacos, fetch, early }: EngineParts): Promise<Engine> {
  const { fallbackDir, budgetMs } = bootstrap;
  const connections = createConnections();
  const places = { nacos, connections, fallbackDir, random: Math.random };
  const loadConfig = createConfigLoader(task, bootstrap);

  /** Reads the configuration afresh for each run: a change counts from the next run on. */
  async function prepareFrom(documents: Promise<FetchedDocuments>): Promise<RunInputs> {
    const { config, source } = loadConfig(await documents);
    return { config, source, findTarget: (limits) => findTarget(task.backend, config.backend, places, limits) };
  }
  const prepare = prepareEarly({
    early,
    startEarly: () => prepareFrom(early.documents),
    prepare: ({ nacos: signal }) => prepareFrom(fetch(signal)),
    monotonicMs: uptimeMs,
  });

  const method = await loadMethod<object, object>(task.rpc);
  const runner = { task, method, prepare, budgetMs, monotonicMs: uptimeMs, now: () => new Date() };
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

const EARLY_MS = 5000; // older than this, a configuration is read again

interface EarlyParts {
  readonly early: Pick<EarlyFetch, 'abandon' | 'signal'>;
  readonly startEarly: () => Promise<RunInputs>;
  readonly prepare: Prepare;
  readonly monotonicMs: () => number;
}

/**
 * Prepares at once, before any event is here, from what was fetched at the start, and gives that to the first run when it
 * comes within 5 s: on a cold start the process connects to the backend while it is still getting ready.
 */
export function prepareEarly({ early, startEarly, prepare, monotonicMs }: EarlyParts): Prepare {
  const startedAt = monotonicMs();
  let prepared: Promise<RunInputs> | undefined = connectEarly(startEarly(), early.signal);
  prepared.catch(() => {}); // handled by the first run
  return (limits) => {
    const isFresh = monotonicMs() - startedAt < EARLY_MS;
    const first = isFresh ? prepared : undefined;
    prepared = undefined;
    if (first === undefined) return prepare(limits);
    limits.run.addEventListener('abort', () => early.abandon.abort(limits.run.reason), { once: true });
    return orAbort(first, limits.run);
  };
}

async function connectEarly(preparing: Promise<RunInputs>, signal: AbortSignal): Promise<RunInputs> {
  const inputs = await preparing;
  const target = inputs.findTarget({ nacos: signal, run: signal });
  target.catch(() => {}); // handled by the first run
  return { ...inputs, findTarget: (own) => orAbort(target, own.run) };
}
