import type { WindowProblems } from '../backfill/task-window.ts';
import { planWindows } from '../backfill/plan.ts';
import { postEvent } from '../stack/post.ts';
import { runBackfill, type BackfillProgress } from './backfill.ts';

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
   * Starts one and gives the number of its windows; what the task refuses of them, it says itself. Throws PlanError when the
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

  /** Ends the one under way before its next window; the window at hand is given up. */
  stop(task: string): void {
    this.#running.get(task)?.stop.abort();
  }

  async close(): Promise<void> {
    for (const { stop } of this.#running.values()) stop.abort();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }
}

const TAKES_ALL: WindowProblems = () => [];
