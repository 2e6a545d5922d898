import { Inquiry } from './nacos/inquiry.ts';
import { RunError } from './run-error.ts';

/** A signal that aborts when the time is over, unless it is stopped before. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** To be called when the work is over: it releases the timer and every signal that was combined from this one. */
  stop(): void;
}

/** When to give up: `nacos` covers all that is asked of Nacos, `run` the whole run. */
export interface Limits {
  readonly nacos: Inquiry;
  readonly run: AbortSignal;
}

/** What may be asked of Nacos within one run, in ms. */
export const NACOS_BUDGET_MS = 5000;

/** The longest timer of Node: a longer one would fire at once. Well within grpc-timeout. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** As `AbortSignal.timeout`, which cannot be stopped: Node 24 keeps every signal combined from one that was listened to. */
export function startTimeLimit(
  limitMs: number,
  createReason: () => Error = () => new DOMException(`no end within ${limitMs} ms`, 'TimeoutError'),
): TimeLimit {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(createReason()), Math.min(limitMs, LONGEST_TIMER_MS));
  return { signal: controller.signal, stop: () => clearTimeout(timer) };
}

/** The promise, or the signal's reason if that comes first. */
export async function orAbort<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

const GRACE_MS = 250; // lets the deadline of the call end it before the budget does
const HARD_LIMIT_MS = 1500; // after the budget; a step that ignores its own limit and the budget's is abandoned

/** All limits of one run. */
export interface Deadline extends Limits {
  /** The work's result, or the error of a run that did not end in time, even if the work ignores its signal. */
  hold<Value>(work: Promise<Value>): Promise<Value>;
  /**
   * What the call may take, in ms: its own timeout or what is left of the budget. From here on a run that does not end is
   * `unknown`. Throws why the run must not call any more.
   */
  startCall(timeoutMs: number): number;
  /** Releases the timers. */
  stop(): void;
}

/**
 * Starts the limits of a run: its budget, the part of it that Nacos may take, and the hard limit behind both. `callers`
 * aborts when no caller waits for the run any more; `monotonicMs` does not jump.
 */
export function startDeadline(budgetMs: number, callers: AbortSignal, monotonicMs: () => number): Deadline {
  const startedAt = monotonicMs();
  let isCalling = false;
  const budget = startTimeLimit(budgetMs + GRACE_MS, () => budgetError(budgetMs));
  const nacos = startTimeLimit(NACOS_BUDGET_MS);
  const hardLimit = startTimeLimit(budgetMs + HARD_LIMIT_MS, () =>
    isCalling ? hardLimitError(budgetMs) : budgetError(budgetMs),
  );
  const ended = new AbortController();
  const run = AbortSignal.any([callers, budget.signal]);
  return {
    run,
    nacos: new Inquiry(AbortSignal.any([run, nacos.signal, ended.signal])),
    hold: (work) => orAbort(work, hardLimit.signal),
    startCall: (timeoutMs) => {
      if (run.reason instanceof RunError) throw run.reason;
      const leftMs = Math.min(timeoutMs, budgetMs - (monotonicMs() - startedAt), LONGEST_TIMER_MS);
      if (leftMs <= 0) throw budgetError(budgetMs);
      isCalling = true;
      return leftMs;
    },
    stop: () => {
      ended.abort();
      budget.stop();
      nacos.stop();
      hardLimit.stop();
    },
  };
}

function budgetError(budgetMs: number): RunError {
  const message = `RUN_BUDGET: expected the run to reach its call within ${budgetMs} ms, got no further`;
  return new RunError({ outcome: 'unavailable', reason: 'budget' }, message);
}

function hardLimitError(budgetMs: number): RunError {
  const message = `RUN_BUDGET: expected the call to end within ${budgetMs} ms, got no end`;
  return new RunError({ outcome: 'unknown', reason: 'backend' }, message);
}
