import { toAscii } from './event/run-key.ts';
import type { Trigger } from './event/read.ts';
import { callUnary } from './grpc/call.ts';
import type { Method } from './grpc/method.ts';
import type { RunEnd } from './outcome.ts';
import { NACOS_BUDGET_MS } from './config/fetch.ts';
import { orAbort } from './or-abort.ts';
import type { Prefetch } from './prefetch.ts';
import { buildRequest, readData } from './request.ts';
import { RunError } from './run-error.ts';
import { NOTHING, type Phases, type RunResult } from './result.ts';
import type { Task } from './task.ts';
import { LONGEST_TIMER_MS, startTimeLimit } from './deadline.ts';

export interface RunTools {
  readonly task: Task;
  readonly method: Method<object, object>;
  readonly prepare: Prefetch;
  readonly budgetMs: number;
  /** What the process took to get ready, in ms, to the first run that asks; undefined to the others. */
  readonly consumeBootMs: () => number | undefined;
  /** Milliseconds on a clock that does not jump. */
  readonly monotonicMs: () => number;
  readonly now: () => Date;
}

const hardLimitMs = 1500; // a step that hears neither its deadline nor the budget is left behind: the next event must not find it
const GRACE_MS = 250; // lets the deadline of the call speak before the budget does

/** One run, from its trigger to its ending. Never rejects; `signal` aborts it when nobody waits any more. */
export async function run(trigger: Trigger, signal: AbortSignal, tools: RunTools): Promise<RunResult> {
  const { task, method, budgetMs, monotonicMs } = tools;
  const startedAt = monotonicMs();
  const boot = tools.consumeBootMs();
  const ms: { -readonly [Phase in keyof Phases]: Phases[Phase] } = boot === undefined ? {} : { boot };
  const observed: { source?: RunResult['source']; target?: string; grpcCode?: string } = {};
  const budget = startTimeLimit(budgetMs + GRACE_MS, () => budgetSpent(budgetMs));
  const nacosLimit = startTimeLimit(NACOS_BUDGET_MS);
  let isCalled = false;
  const lastResort = startTimeLimit(budgetMs + hardLimitMs, () =>
    isCalled ? hardLimitError(budgetMs) : budgetSpent(budgetMs),
  );
  const whole = AbortSignal.any([signal, budget.signal]);
  const limits = { run: whole, nacos: AbortSignal.any([whole, nacosLimit.signal]) };
  const timed = async <Value>(phase: keyof Phases, step: Promise<Value>): Promise<Value> => {
    const from = monotonicMs();
    try {
      return await step;
    } finally {
      ms[phase] = monotonicMs() - from;
    }
  };
  const end = (ending: RunEnd, more: Partial<RunResult> = {}): RunResult => {
    ms.total = monotonicMs() - startedAt;
    return { ...NOTHING, ...observed, trigger, ending, cold: boot !== undefined, ms, ...more };
  };

  async function work(): Promise<RunResult> {
    const given = readData(task, method, trigger, tools.now());
    const { config, source, findTarget } = await timed('config', tools.prepare(limits));
    observed.source = source;
    if (config.paused !== undefined && trigger.kind === 'scheduled') {
      return end({ outcome: 'skipped', reason: 'paused' }, { error: pausedError(config.paused) });
    }
    const request = method.encode(buildRequest(task, given, trigger, config, tools.now()));
    const target = await timed('resolve', findTarget(limits));
    observed.target = target.address;
    observed.source = target.source ?? source;
    if (whole.reason instanceof RunError) throw whole.reason;
    const timeoutMs = Math.min(config.timeoutMs, budgetMs - (monotonicMs() - startedAt), LONGEST_TIMER_MS);
    if (timeoutMs <= 0) throw budgetSpent(budgetMs);
    const who = `${task.backend} at ${target.address}`;
    const call = { path: method.path, request, headers: headersOf(trigger), timeoutMs, signal: whole, who };
    isCalled = true;
    const reply = await timed('call', callUnary(target.client, call));
    observed.grpcCode = reply === undefined ? 'ALREADY_EXISTS' : 'OK';
    const summary = reply === undefined ? undefined : task.summarise(method.decode(reply));
    return end({ outcome: 'done', reason: 'done' }, { summary });
  }

  try {
    return await orAbort(work(), lastResort.signal);
  } catch (caught) {
    const error = RunError.from(caught);
    return end(error.ending, { error, grpcCode: error.grpcCode ?? observed.grpcCode });
  } finally {
    budget.stop();
    nacosLimit.stop();
    lastResort.stop();
  }
}

function headersOf(trigger: Trigger): Record<string, string> {
  return { 'x-run-key': trigger.runKey, 'x-request-id': toAscii(trigger.eventId), traceparent: trigger.traceparent };
}

function budgetSpent(budgetMs: number): RunError {
  const message = `RUN_BUDGET: expected the run to reach its call within ${budgetMs} ms, got no further`;
  return new RunError({ outcome: 'unavailable', reason: 'budget' }, message);
}

function hardLimitError(budgetMs: number): RunError {
  const message = `RUN_BUDGET: expected the call to end within ${budgetMs} ms, got no end`;
  return new RunError({ outcome: 'unknown', reason: 'backend' }, message);
}

function pausedError(reason: string): RunError {
  return new RunError({ outcome: 'skipped', reason: 'paused' }, `paused: ${reason}`);
}
