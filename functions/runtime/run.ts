import type { FetchedDocuments } from './config/fetch.ts';
import type { TaskConfig } from './config/validate.ts';
import { startDeadline, type Limits } from './deadline.ts';
import { toAscii } from './event/run-key.ts';
import type { Trigger } from './event/read.ts';
import { callUnary } from './grpc/call.ts';
import type { Method } from './grpc/method.ts';
import { buildRequest, readData } from './request.ts';
import { RunError } from './run-error.ts';
import { startRecord, type RunResult } from './run-record.ts';
import type { Target } from './target.ts';
import type { Task } from './task.ts';
import { intervalOf } from './window.ts';

/** What a run needs before it can call. */
export interface RunInputs {
  readonly config: TaskConfig;
  readonly source: FetchedDocuments['source'];
  /** The texts of the configuration, by data ID. */
  readonly documents: ReadonlyMap<string, string>;
  readonly findTarget: (limits: Limits) => Promise<Target>;
}

export type Prefetch = (limits: Limits) => Promise<RunInputs>;

/** What runs a task. */
export interface Runner {
  readonly task: Task;
  readonly method: Method<object, object>;
  readonly prefetch: Prefetch;
  readonly budgetMs: number;
  /** What the process took to get ready, in ms, in its first run; undefined in the others. */
  readonly bootMs: number | undefined;
  /** Milliseconds on a clock that does not jump. */
  readonly monotonicMs: () => number;
  readonly now: () => Date;
}

/** One run, from its trigger to its ending. Never rejects; `callers` aborts when no caller waits for it any more. */
export async function run(trigger: Trigger, callers: AbortSignal, runner: Runner): Promise<RunResult> {
  const { task, method, prefetch, now } = runner;
  const record = startRecord(trigger, runner.bootMs, runner.monotonicMs);
  const deadline = startDeadline(runner.budgetMs, callers, runner.monotonicMs);

  async function work(): Promise<RunResult> {
    const given = readData(task, method, trigger, now());
    const { config, source, documents, findTarget } = await record.timed('config', prefetch(deadline));
    record.observe({ source, documents });
    if (config.paused !== undefined && trigger.kind === 'scheduled') return record.fail(pausedError(config.paused));
    const message = buildRequest(task, given, trigger, config, now());
    record.observe({ window: intervalOf(message) });
    const request = method.encode(message);

    const target = await record.timed('resolve', findTarget(deadline));
    record.observe({ target: target.address, source: target.source ?? source });

    const timeoutMs = deadline.startCall(config.timeoutMs);
    const who = `${task.backend} at ${target.address}`;
    const { safeToRepeat } = task;
    const headers = headersOf(trigger);
    const call = { path: method.path, request, headers, timeoutMs, safeToRepeat, signal: deadline.run, who };
    const reply = await record.timed('call', callUnary(target.client, call));

    record.observe({ grpcCode: reply === undefined ? 'ALREADY_EXISTS' : 'OK' });
    if (reply !== undefined) record.observe({ summary: task.summarise(method.decode(reply)) });
    return record.end({ outcome: 'done', reason: 'done' });
  }

  try {
    return await deadline.hold(work());
  } catch (caught) {
    return record.fail(caught);
  } finally {
    deadline.stop();
  }
}

function headersOf({ runKey, eventId, attempt, traceparent }: Trigger): Record<string, string> {
  const again = attempt === undefined ? {} : { 'x-run-attempt': toAscii(attempt) };
  return { 'x-run-key': runKey, 'x-request-id': toAscii(eventId), ...again, traceparent };
}

function pausedError(reason: string): RunError {
  return new RunError({ outcome: 'skipped', reason: 'paused' }, `paused: ${reason}`);
}
