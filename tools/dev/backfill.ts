import { drive, type DriveOptions } from '../backfill/drive.ts';
import type { BackfillWindow } from '../backfill/plan.ts';
import type { Verdict } from '../events/verdict.ts';

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

export interface BackfillOptions extends Pick<DriveOptions, 'task' | 'data' | 'workers'> {
  readonly onProgress: (progress: BackfillProgress) => void;
  /** Ends it; the window under way is given up. */
  readonly signal: AbortSignal;
}

const BUSY_MS = 500; // runs of the local stack are short

/** Sends the windows in order, stops at the first that fails, and tells how far it is. Throws RangeError when there are none. */
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
  const failure = await drive(windows, {
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
  if (failure !== undefined) return report({ state: 'failed', message: reasonOf(failure.verdict) });
  return report({ state: done === windows.length ? 'done' : 'stopped' });
}

function reasonOf({ outcome, reason, message }: Verdict): string {
  return message ?? [outcome, reason].filter(Boolean).join(': ');
}
