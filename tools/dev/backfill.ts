import { formatRfc3339 } from '../../functions/runtime/rfc3339.ts';
import type { Attempt } from '../platform/senders/attempt.ts';

export interface Span {
  readonly start: Date;
  readonly end: Date;
}

/** How far a backfill is. */
export interface BackfillProgress {
  readonly task: string;
  readonly from: Date;
  readonly to: Date;
  readonly windows: number;
  readonly done: number;
  readonly state: 'running' | 'done' | 'failed' | 'stopped';
  /** Why it failed, in the function's words. */
  readonly message?: string;
}

const MAX_WINDOWS = 1000;

/** Cuts `[from, to)` into windows of at most `stepMs`. Throws RangeError for what cannot be cut. */
export function cutWindows(from: Date, to: Date, stepMs: number): Span[] {
  if (!(stepMs >= 60_000)) throw new RangeError(`step: expected at least one minute, got ${stepMs} ms`);
  if (!(to > from)) throw new RangeError('to: expected a time after from');
  const count = Math.ceil((to.getTime() - from.getTime()) / stepMs);
  if (count > MAX_WINDOWS) throw new RangeError(`step: expected at most ${MAX_WINDOWS} windows, got ${count}`);
  return Array.from({ length: count }, (_, index) => ({
    start: new Date(from.getTime() + index * stepMs),
    end: new Date(Math.min(from.getTime() + (index + 1) * stepMs, to.getTime())),
  }));
}

/** The run key of one window: the same window has the same key in every backfill, so that nothing is done twice. */
export function backfillKey(task: string, { start, end }: Span): string {
  return `${task}@backfill:${formatRfc3339(start)}/${formatRfc3339(end)}`;
}

export interface BackfillOptions {
  readonly task: string;
  readonly windows: readonly Span[];
  readonly send: (window: Span, runKey: string) => Promise<Attempt>;
  readonly onProgress: (progress: BackfillProgress) => void;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly signal: AbortSignal;
}

const BUSY_MS = 500;

/** Sends one event after the other and stops at the first that fails. A task that is busy (409) is waited for. */
export async function runBackfill(options: BackfillOptions): Promise<BackfillProgress> {
  const { task, windows, send, onProgress, sleep, signal } = options;
  const [first, last] = [windows[0], windows.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('windows: expected at least one, got none');
  const base = { task, from: first.start, to: last.end, windows: windows.length };
  const report = (progress: Pick<BackfillProgress, 'done' | 'state' | 'message'>): BackfillProgress => {
    const whole = { ...base, ...progress };
    onProgress(whole);
    return whole;
  };
  for (const [done, window] of windows.entries()) {
    report({ done, state: 'running' });
    let attempt = await send(window, backfillKey(task, window));
    while (attempt.status === 409 && !signal.aborted) {
      await sleep(BUSY_MS);
      attempt = await send(window, backfillKey(task, window));
    }
    if (signal.aborted) return report({ done, state: 'stopped' });
    if (attempt.status === undefined || attempt.status >= 300)
      return report({ done, state: 'failed', message: attempt.error ?? messageOf(attempt.body) });
  }
  return report({ done: windows.length, state: 'done' });
}

function messageOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown }; // the function's error body
    return typeof message === 'string' ? message : body;
  } catch {
    return body;
  }
}
