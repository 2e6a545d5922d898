import type { Trigger } from './event/read.ts';
import type { RunEnd } from './outcome.ts';
import { RunError } from './run-error.ts';

/** The run that stands in an event's way. */
export interface BlockingRun {
  readonly runKey: string;
  /** How long ago it started (while it runs) or ended, in ms. */
  readonly ageMs: number;
  readonly ending: RunEnd | undefined;
}

interface Ended {
  readonly ending: RunEnd;
}

interface ActiveRun<Result> {
  readonly startedAt: number;
  readonly result: Promise<Result>;
  /** Who waits for the answer. */
  readonly callers: Set<AbortSignal>;
  /** How many have ever waited for it. */
  callerCount: number;
  readonly controller: AbortController;
}

type Start<Result> = (signal: AbortSignal) => Promise<Result>;

/** What the guard does with an event. */
export type Admission<Result> =
  | {
      readonly kind: 'started' | 'joined';
      readonly run: { readonly result: Promise<Result>; readonly callerCount: number };
    }
  | { readonly kind: 'refused'; readonly ending: RunEnd; readonly holder: BlockingRun | undefined };

export interface Guard<Result> {
  /** Starts a run, joins the one of the same key, or says why neither. `caller` aborts when the caller hangs up. */
  admit(trigger: Trigger, caller: AbortSignal, start: Start<Result>): Admission<Result>;
  /** From now on no run is started; runs under way go on and may be joined. */
  close(): void;
  /** Aborts what is under way with this reason. */
  abort(reason: Error): void;
}

const CALLER_GONE: RunEnd = { outcome: 'unavailable', reason: 'caller' };
const MAX_REMEMBERED = 10_000; // a week of ticks every minute

export interface GuardOptions {
  readonly safeToRepeat: boolean;
  /** Milliseconds on a clock that does not jump. */
  readonly monotonicMs: () => number;
}

/**
 * Nothing runs twice in this process: one run at a time, and a run key that ended `done` (or `unknown`, in a task that is
 * not safe to repeat) is a duplicate while the process lives. A run is aborted when the last of its callers has gone.
 */
export function createGuard<Result extends Ended>({ safeToRepeat, monotonicMs }: GuardOptions): Guard<Result> {
  const active = new Map<string, ActiveRun<Result>>();
  const ended = new Map<string, { readonly at: number; readonly ending: RunEnd }>();
  let closed = false;

  function join(run: ActiveRun<Result>, caller: AbortSignal): void {
    const leave = (): void => {
      run.callers.delete(caller);
      if (run.callers.size === 0)
        run.controller.abort(
          new RunError(CALLER_GONE, 'caller: expected it to wait for the answer, got a closed connection'),
        );
    };
    run.callers.add(caller);
    run.callerCount += 1; // oxlint-disable-line no-param-reassign -- the run is the guard's own record
    if (caller.aborted) leave();
    else caller.addEventListener('abort', leave, { once: true });
  }

  function remember(runKey: string, ending: RunEnd): void {
    const isSettled = ending.outcome === 'done' || (ending.outcome === 'unknown' && !safeToRepeat);
    if (!isSettled) return;
    ended.set(runKey, { at: monotonicMs(), ending });
    const [oldest] = ended.keys();
    if (ended.size > MAX_REMEMBERED && oldest !== undefined) ended.delete(oldest);
  }

  function refuse(trigger: Trigger): Extract<Admission<Result>, { kind: 'refused' }> | undefined {
    const before = ended.get(trigger.runKey);
    if (before !== undefined) {
      const holder = { runKey: trigger.runKey, ageMs: monotonicMs() - before.at, ending: before.ending };
      return { kind: 'refused', ending: { outcome: 'skipped', reason: 'duplicate' }, holder };
    }
    if (closed) return { kind: 'refused', ending: { outcome: 'unavailable', reason: 'draining' }, holder: undefined };
    const [other] = active;
    if (other === undefined) return undefined;
    const holder = { runKey: other[0], ageMs: monotonicMs() - other[1].startedAt, ending: undefined };
    const isTick = trigger.kind === 'scheduled';
    return {
      kind: 'refused',
      ending: isTick ? { outcome: 'skipped', reason: 'overlap' } : { outcome: 'busy', reason: 'running' },
      holder,
    };
  }

  return {
    admit: (trigger, caller, start) => {
      const same = active.get(trigger.runKey);
      if (same !== undefined) {
        join(same, caller);
        return { kind: 'joined', run: same };
      }
      const refusal = refuse(trigger);
      if (refusal !== undefined) return refusal;
      const controller = new AbortController();
      const result = start(controller.signal)
        .then((ended) => {
          remember(trigger.runKey, ended.ending);
          return ended;
        })
        .finally(() => active.delete(trigger.runKey));
      const run = { startedAt: monotonicMs(), result, callers: new Set<AbortSignal>(), callerCount: 0, controller };
      active.set(trigger.runKey, run);
      join(run, caller);
      return { kind: 'started', run };
    },
    close: () => {
      closed = true;
    },
    abort: (reason) => {
      for (const { controller } of active.values()) controller.abort(reason);
    },
  };
}
