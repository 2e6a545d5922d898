import type { Trigger } from './event/read.ts';
import type { RunEnd } from './outcome.ts';
import { RunError } from './run-error.ts';
import { createResult, type BlockingRun, type RunResult } from './run-record.ts';

/** An event's admission: it starts a run, joins the one of the same key, or is refused; each has a result. */
export interface Admitted {
  readonly kind: 'started' | 'joined' | 'refused';
  readonly run: {
    readonly result: Promise<RunResult>;
    /** How many callers have waited for it so far. */
    readonly callerCount: number;
  };
}

export interface Admission {
  /** Never rejects by itself. `caller` aborts when the caller hangs up, the signal that `start` gets when all have. */
  admit(trigger: Trigger, caller: AbortSignal, start: (callers: AbortSignal) => Promise<RunResult>): Admitted;
  /** From now on no run is started; runs under way go on and may be joined. */
  close(): void;
  /** Aborts what is under way with this reason. */
  abort(reason: Error): void;
}

interface ActiveRun {
  readonly runKey: string;
  readonly startedAt: number;
  readonly result: Promise<RunResult>;
  /** Who waits for the answer. */
  readonly callers: Set<AbortSignal>;
  /** How many have ever waited for it. */
  callerCount: number;
  readonly controller: AbortController;
}

export interface AdmissionOptions {
  readonly safeToRepeat: boolean;
  /** Milliseconds on a clock that does not jump. */
  readonly monotonicMs: () => number;
}

/**
 * Nothing runs twice in this process: one run at a time, and a run key that ended `done` (or `unknown`, in a task that is
 * not safe to repeat) is a duplicate while it is remembered. A person's re-run of a key is a piece of work of its own: it may
 * run however the key ended, unless a run is under way. A run is aborted when the last of its callers has gone.
 */
export function createAdmission({ safeToRepeat, monotonicMs }: AdmissionOptions): Admission {
  const active = new Map<string, ActiveRun>();
  const ended = createMemory(monotonicMs);
  const overdue = createMemory(monotonicMs); // a backend that hangs must not be called again by each attempt of a sender
  let closed = false;

  /** Why the event gets no run; undefined when it may have one. */
  function refuse(trigger: Trigger): { ending: RunEnd; holder?: BlockingRun } | undefined {
    const { runKey, kind } = trigger;
    const before = ended.find(workOf(trigger));
    if (before !== undefined)
      return { ending: { outcome: 'skipped', reason: 'duplicate' }, holder: { runKey, ...before } };
    if (closed) return { ending: { outcome: 'unavailable', reason: 'draining' } };
    const [other] = active.values();
    if (other === undefined) return undefined;
    const holder = { runKey: other.runKey, ageMs: monotonicMs() - other.startedAt, ending: undefined };
    const isTick = kind === 'scheduled';
    return {
      ending: isTick ? { outcome: 'skipped', reason: 'overlap' } : { outcome: 'busy', reason: 'running' },
      holder,
    };
  }

  function begin(trigger: Trigger, start: (callers: AbortSignal) => Promise<RunResult>): ActiveRun {
    const { runKey } = trigger;
    const work = workOf(trigger);
    const controller = new AbortController();
    const result = start(controller.signal)
      .then((run) => {
        const { outcome, reason } = run.ending;
        if (outcome === 'done' || (outcome === 'unknown' && !safeToRepeat)) ended.add(work, run.ending);
        const isFinal = outcome === 'unknown' && overdue.find(work) !== undefined;
        if (reason === 'deadline') overdue.add(work, run.ending);
        return { ...run, isFinal };
      })
      .finally(() => active.delete(work));
    const run = {
      runKey,
      startedAt: monotonicMs(),
      result,
      callers: new Set<AbortSignal>(),
      callerCount: 0,
      controller,
    };
    active.set(work, run);
    return run;
  }

  return {
    admit: (trigger, caller, start) => {
      const same = active.get(workOf(trigger));
      if (same !== undefined) return { kind: 'joined', run: addCaller(same, caller) };
      const refusal = refuse(trigger);
      if (refusal === undefined) return { kind: 'started', run: addCaller(begin(trigger, start), caller) };
      const { ending, holder } = refusal;
      const result = Promise.resolve(createResult(ending, { trigger, holder }));
      return { kind: 'refused', run: { result, callerCount: 1 } };
    },
    close: () => {
      closed = true;
    },
    abort: (reason) => {
      for (const { controller } of active.values()) controller.abort(reason);
    },
  };
}

/** What is worked on once: the run key, or one attempt to run it again. */
const workOf = ({ runKey, attempt }: Trigger): string => (attempt === undefined ? runKey : `${runKey}#${attempt}`);

/** One more waits for the run, which is aborted when the last has gone. */
function addCaller(run: ActiveRun, caller: AbortSignal): ActiveRun {
  const leave = (): void => {
    run.callers.delete(caller);
    if (run.callers.size === 0) run.controller.abort(callerGoneError());
  };
  run.callers.add(caller);
  run.callerCount += 1; // oxlint-disable-line no-param-reassign -- the run is this module's own record
  if (caller.aborted) leave();
  else caller.addEventListener('abort', leave, { once: true });
  return run;
}

function callerGoneError(): RunError {
  const message = 'caller: expected it to wait for the answer, got a closed connection';
  return new RunError({ outcome: 'unavailable', reason: 'caller' }, message);
}

const MAX_REMEMBERED = 10_000; // a week of ticks every minute

/** How the last pieces of work ended; the oldest is forgotten first. */
function createMemory(monotonicMs: () => number) {
  const ended = new Map<string, { readonly at: number; readonly ending: RunEnd }>();
  return {
    add(work: string, ending: RunEnd): void {
      ended.set(work, { at: monotonicMs(), ending });
      const [oldest] = ended.keys();
      if (ended.size > MAX_REMEMBERED && oldest !== undefined) ended.delete(oldest);
    },
    find(work: string): Omit<BlockingRun, 'runKey'> | undefined {
      const run = ended.get(work);
      return run && { ageMs: monotonicMs() - run.at, ending: run.ending };
    },
  };
}
