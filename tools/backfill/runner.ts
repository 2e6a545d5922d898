import type { RunReply } from '../events/run-reply.ts';
import { postEvent } from '../stack/post.ts';
import { planWindows, type WindowProblems } from './plan.ts';
import { sendWindows, type SendWindowsOptions } from './send-windows.ts';
import type { BackfillWindow } from './window-event.ts';

/** How far a backfill is. */
export interface BackfillProgress {
  readonly task: string;
  readonly from: Date;
  readonly to: Date;
  readonly windows: number;
  readonly done: number;
  readonly state: 'running' | 'done' | 'failed' | 'stopped';
  /** Why it failed: the function's message. */
  readonly message?: string;
}

export interface BackfillOptions extends Pick<SendWindowsOptions, 'task' | 'data' | 'workers'> {
  readonly onProgress: (progress: BackfillProgress) => void;
  /** Ends it; the window under way is given up. */
  readonly signal: AbortSignal;
}

const BUSY_MS = 500; // runs of the local stack are short

/** Sends the windows in order, stops at the first that fails, and reports progress. Throws RangeError when there are none. */
export async function runBackfill(
  windows: readonly BackfillWindow[],
  { onProgress, signal, ...options }: BackfillOptions,
): Promise<BackfillProgress> {
  const [first, last] = [windows[0], windows.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('windows: expected at least one, got none');
  const base = { task: options.task, from: first.start, to: last.end, windows: windows.length };
  let done = 0;
  const report = (progress: Pick<BackfillProgress, 'state' | 'message'>): BackfillProgress => {
    const whole = { ...base, done, ...progress };
    onProgress(whole);
    return whole;
  };
  report({ state: 'running' });
  const failure = await sendWindows(windows, {
    ...options,
    stop: signal,
    giveUp: signal,
    onDone: async () => {
      done += 1;
      if (done < windows.length) report({ state: 'running' });
    },
    onBusy: () => {},
    firstWaitMs: BUSY_MS,
  });
  if (failure !== undefined) return report({ state: 'failed', message: reasonOf(failure.reply) });
  return report({ state: done === windows.length ? 'done' : 'stopped' });
}

function reasonOf({ outcome, reason, message }: RunReply): string {
  return message ?? [outcome, reason].filter(Boolean).join(': ');
}

export interface BackfillRequest {
  readonly task: string;
  readonly sink: string;
  readonly from: Date;
  readonly to: Date;
  readonly stepMs: number;
  /** How far each window reaches back before its slice; 0 when missing. */
  readonly overlapMs?: number;
  /** The other fields of each request. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** The backfills of one cluster: one per task at a time. Their windows, ids and run keys are those of `bi-cron backfill`. */
export class BackfillRunner {
  readonly #onProgress: () => void;
  readonly #latest = new Map<string, BackfillProgress>();
  readonly #running = new Map<string, { readonly stop: AbortController; readonly ended: Promise<unknown> }>();

  constructor(onProgress: () => void) {
    this.#onProgress = onProgress;
  }

  /** The latest of each task. */
  list(): BackfillProgress[] {
    return [...this.#latest.values()];
  }

  /**
   * Starts one and gives the number of its windows; the task itself refuses those that break its rule. Throws PlanError when the
   * range cannot be cut, RangeError when one is under way.
   */
  start({ task, sink, from, to, stepMs, overlapMs = 0, data }: BackfillRequest): number {
    if (this.#running.has(task)) throw new RangeError(`backfill: expected none of ${task} under way, got one`);
    const windows = planWindows({ from, to }, { task, stepMs, overlapMs, data }, TAKES_ALL);
    const stop = new AbortController();
    const ended = runBackfill(windows, {
      task,
      data,
      workers: [{ send: (event, signal) => postEvent(event, { sink, mode: 'binary', signal }) }],
      onProgress: (progress) => {
        this.#latest.set(task, progress);
        this.#onProgress();
      },
      signal: stop.signal,
    }).finally(() => this.#running.delete(task));
    this.#running.set(task, { stop, ended });
    return windows.length;
  }

  /** Ends the one under way before its next window; the current window is given up. */
  stop(task: string): void {
    this.#running.get(task)?.stop.abort();
  }

  async close(): Promise<void> {
    for (const { stop } of this.#running.values()) stop.abort();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }
}

const TAKES_ALL: WindowProblems = () => [];
