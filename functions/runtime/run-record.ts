import type { Trigger } from './event/read.ts';
import type { RunEnd } from './outcome.ts';
import { RunError } from './run-error.ts';
import type { Summary } from './task.ts';
import type { Interval } from './window.ts';

/** The run because of which an event is refused. */
export interface BlockingRun {
  readonly runKey: string;
  /** How long ago it started (while it runs) or ended, in ms. */
  readonly ageMs: number;
  readonly ending: RunEnd | undefined;
}

/** How a run ended and what it took; the answer and the log line are made from it. */
export interface RunResult {
  readonly ending: RunEnd;
  /** Undefined when the request was not an event for this function. */
  readonly trigger: Trigger | undefined;
  readonly error: RunError | undefined;
  readonly grpcCode: string | undefined;
  /** The run because of which the event was skipped or busy. */
  readonly holder: BlockingRun | undefined;
  /** Address of the instance that was called. */
  readonly target: string | undefined;
  readonly source: 'nacos' | 'fallback' | undefined;
  /** The texts of the configuration documents that were read, by data ID. */
  readonly documents: ReadonlyMap<string, string> | undefined;
  /** What the request asked for, RFC 3339; undefined when it has no window. */
  readonly window: Interval | undefined;
  readonly summary: Summary | undefined;
  /** No sender may be asked to repeat it: an earlier run of its key had ended at its deadline. */
  readonly isFinal: boolean;
  /** Was it the first run of its process? */
  readonly cold: boolean;
  /** Milliseconds by phase; a phase that was not reached is absent. */
  readonly ms: Phases;
}

export type Phases = { readonly [Phase in 'boot' | 'config' | 'resolve' | 'call' | 'total']?: number };

/** The result of an event, complete in what is not given: as of one that got no run of its own. */
export function createResult(ending: RunEnd, known: Partial<RunResult> = {}): RunResult {
  return {
    trigger: undefined,
    error: undefined,
    grpcCode: undefined,
    holder: undefined,
    target: undefined,
    source: undefined,
    documents: undefined,
    window: undefined,
    summary: undefined,
    isFinal: false,
    cold: false,
    ms: {},
    ...known,
    ending,
  };
}

/** The result of an event that ended by what was thrown; anything but a RunError is a bug. */
export function createFailure(caught: unknown, known: Partial<RunResult> = {}): RunResult {
  const error = RunError.from(caught);
  return createResult(error.ending, { ...known, error, grpcCode: error.grpcCode ?? known.grpcCode });
}

type Observed = Partial<
  Pick<RunResult, 'source' | 'documents' | 'window' | 'target' | 'grpcCode' | 'summary' | 'error'>
>;

/** What a run under way has observed so far. */
export interface RunRecord {
  /** The step's result; the time it took is kept as the phase, however it ends. */
  timed<Value>(phase: keyof Phases, step: Promise<Value>): Promise<Value>;
  observe(observed: Observed): void;
  end(ending: RunEnd): RunResult;
  fail(caught: unknown): RunResult;
}

/** Starts the record of a run. `bootMs`: what its process took to get ready, when it is the first of it. */
export function startRecord(trigger: Trigger, bootMs: number | undefined, monotonicMs: () => number): RunRecord {
  const startedAt = monotonicMs();
  const ms: { -readonly [Phase in keyof Phases]: Phases[Phase] } = bootMs === undefined ? {} : { boot: bootMs };
  const observed: Observed = {};
  const known = (): Partial<RunResult> => {
    ms.total = monotonicMs() - startedAt;
    return { ...observed, trigger, cold: bootMs !== undefined, ms };
  };
  return {
    timed: async (phase, step) => {
      const from = monotonicMs();
      try {
        return await step;
      } finally {
        ms[phase] = monotonicMs() - from;
      }
    },
    observe: (more) => void Object.assign(observed, more),
    end: (ending) => createResult(ending, known()),
    fail: (caught) => createFailure(caught, known()),
  };
}
