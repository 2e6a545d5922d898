import { setTimeout as pause } from 'node:timers/promises';
import type { CloudEvent } from 'cloudevents';
import { readVerdict, type Verdict } from '../events/verdict.ts';
import type { PostResult } from '../stack/post.ts';
import type { BackfillData, BackfillWindow } from './plan.ts';
import { createWindowEvent } from './window-event.ts';

/** A way to the function that takes one window at a time. */
export interface Lane {
  /** Sends the event once and waits for the answer; a broken transport is an attempt, no rejection. */
  send(event: CloudEvent<unknown>, signal: AbortSignal): Promise<PostResult>;
}

export interface DriveOptions {
  readonly task: string;
  readonly data: BackfillData;
  /** One for each window that may be under way at a time. */
  readonly workers: readonly Lane[];
  /** Aborted: no further window is begun. */
  readonly stop: AbortSignal;
  /** Aborted: what is under way is given up, too. */
  readonly giveUp: AbortSignal;
  /** Told of each window that is done, before the next one of its lane is begun. */
  readonly onDone: (window: BackfillWindow, verdict: Verdict) => Promise<void>;
  /** Told when the function is busy with another run, which is waited for. */
  readonly onBusy: (window: BackfillWindow, waitMs: number) => void;
  /** How long the first such wait is, 1 s when missing; each further one is twice as long, up to 30 s. */
  readonly firstWaitMs?: number;
}

/** The first window that was not done, and why. */
export interface Failure {
  readonly window: BackfillWindow;
  readonly verdict: Verdict;
}

/** Sends the windows in order. Resolves with the first failure, once what was under way beside it has ended. */
export async function drive(windows: readonly BackfillWindow[], options: DriveOptions): Promise<Failure | undefined> {
  const { workers, stop, giveUp, onDone } = options;
  const failures: Failure[] = [];
  let begun = 0;

  async function work(lane: Lane): Promise<void> {
    for (let window = windows[begun]; window !== undefined; window = windows[begun]) {
      if (stop.aborted || failures.length > 0) return;
      begun += 1;
      const verdict = await sendWindow(window, lane, options);
      if (verdict === undefined) return;
      const isDone = verdict.outcome === 'done' || (verdict.outcome === 'skipped' && verdict.reason === 'duplicate');
      if (isDone) await onDone(window, verdict);
      else if (!giveUp.aborted) failures.push({ window, verdict });
    }
  }

  await Promise.all(workers.map(work));
  return failures[0];
}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
const timeoutMs = 10 * 60_000; // a run takes 580 s at most

/** One window, sent again while another run keeps the function busy; undefined when it was stopped while waiting. */
async function sendWindow(window: BackfillWindow, lane: Lane, options: DriveOptions): Promise<Verdict | undefined> {
  const { task, data, stop, giveUp, onBusy, firstWaitMs = FIRST_WAIT_MS } = options;
  const event = createWindowEvent(task, window, data);
  let waitedMs = 0;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const verdict = readVerdict(await lane.send(event, giveUp));
    if (verdict.outcome !== 'busy' || waitedMs >= timeoutMs) return verdict;
    onBusy(window, waitMs);
    waitedMs += waitMs;
    await pause(waitMs, undefined, { signal: stop }).catch(() => {}); // rejects only when stopped, which is looked at next
    if (stop.aborted) return undefined;
  }
}
