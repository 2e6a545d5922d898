import type { Trigger } from './event/read.ts';
import type { BlockingRun } from './admission.ts';
import type { RunEnd } from './outcome.ts';
import type { RunError } from './run-error.ts';
import type { Summary } from './task.ts';

/** How a run ended and what it took; the answer and the log line are made from it. */
export interface RunResult {
  readonly ending: RunEnd;
  /** Undefined when the request was no event of ours. */
  readonly trigger: Trigger | undefined;
  readonly error: RunError | undefined;
  readonly grpcCode: string | undefined;
  /** The run that stood in the way of a skipped or busy event. */
  readonly holder: BlockingRun | undefined;
  /** Address of the instance that was called. */
  readonly target: string | undefined;
  readonly source: 'nacos' | 'fallback' | undefined;
  readonly summary: Summary | undefined;
  /** Was it the first run of its process? */
  readonly cold: boolean;
  /** Milliseconds by phase; a phase that was not reached is absent. */
  readonly ms: Phases;
}

export type Phases = { readonly [Phase in 'boot' | 'config' | 'resolve' | 'call' | 'total']?: number };

/** The result of an event that got no run of its own. */
export const NOTHING = {
  trigger: undefined,
  error: undefined,
  grpcCode: undefined,
  holder: undefined,
  target: undefined,
  source: undefined,
  summary: undefined,
  cold: false,
  ms: {},
} as const;
