import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatRfc3339 } from '../../functions/runtime/rfc3339.ts';
import { cutWindows, runBackfill, type BackfillProgress } from './backfill.ts';
import { sendEvent } from './send-event.ts';

export interface BackfillRequest {
  readonly task: string;
  readonly sink: string;
  readonly from: Date;
  readonly to: Date;
  readonly stepMs: number;
  /** The other fields of each request. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** The backfills of one cluster: one per task at a time. */
export class BackfillDesk {
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

  /** Starts one and gives the number of its windows. Throws RangeError when it cannot be cut, or one is under way. */
  start({ task, sink, from, to, stepMs, data }: BackfillRequest): number {
    if (this.#running.has(task)) throw new RangeError(`backfill: expected none of ${task} under way, got one`);
    const windows = cutWindows(from, to, stepMs);
    const stop = new AbortController();
    const ended = runBackfill({
      task,
      windows,
      send: ({ start, end }, runKey) => {
        const window = { start: formatRfc3339(start), end: formatRfc3339(end) };
        return sendEvent(sink, randomUUID(), { data: { ...data, window }, time: end, runKey, signal: stop.signal });
      },
      onProgress: (progress) => {
        this.#latest.set(task, progress);
        this.#onProgress();
      },
      sleep,
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
