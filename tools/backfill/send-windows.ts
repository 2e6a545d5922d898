import { setTimeout as pause } from 'node:timers/promises';
import { readRunReply, type RunReply } from '../events/run-reply.ts';
import type { Sender } from '../events/open-sender.ts';
import { createWindowEvent, type BackfillData, type BackfillWindow } from './window-event.ts';

export interface SendWindowsOptions {
  readonly task: string;
  readonly data: BackfillData;
  /** One for each window that may be under way at a time. */
  readonly workers: readonly Pick<Sender, 'send'>[];
  /** Aborted: no further window is started. */
  readonly stop: AbortSignal;
  /** Aborted: what is under way is given up, too. */
  readonly giveUp: AbortSignal;
  /** Called for each window that is done, before its worker starts the next. */
  readonly onDone: (window: BackfillWindow, reply: RunReply) => Promise<void>;
  /** Called when the function is busy with another run, which is waited for. */
  readonly onBusy: (window: BackfillWindow, waitMs: number) => void;
  /** How long the first such wait is, 1 s when missing; each further one is twice as long, up to 30 s. */
  readonly firstWaitMs?: number;
}

/** The first window that was not done, and why. */
export interface WindowFailure {
  readonly window: BackfillWindow;
  readonly reply: RunReply;
}

/** Sends the windows in order. Resolves with the first failure, once what was under way beside it has ended. */
export async function sendWindows(
  windows: readonly BackfillWindow[],
  options: SendWindowsOptions,
): Promise<WindowFailure | undefined> {
  const { workers, stop, giveUp, onDone } = options;
  const failures: WindowFailure[] = [];
  let started = 0;

  async function work(sender: Pick<Sender, 'send'>): Promise<void> {
    for (let window = windows[started]; window !== undefined; window = windows[started]) {
      if (stop.aborted || failures.length > 0) return;
      started += 1;
      const reply = await sendWindow(window, sender, options);
      if (reply === undefined) return;
      const isDone = reply.outcome === 'done' || (reply.outcome === 'skipped' && reply.reason === 'duplicate');
      if (isDone) await onDone(window, reply);
      else if (!giveUp.aborted) failures.push({ window, reply });
    }
  }

  await Promise.all(workers.map(work));
  return failures[0];
}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
const MAX_WAIT_MS = 10 * 60_000; // a run takes 580 s at most

/** One window, sent again while another run keeps the function busy; undefined when it was stopped while waiting. */
async function sendWindow(
  window: BackfillWindow,
  sender: Pick<Sender, 'send'>,
  options: SendWindowsOptions,
): Promise<RunReply | undefined> {
  const { task, data, stop, giveUp, onBusy, firstWaitMs = FIRST_WAIT_MS } = options;
  const event = createWindowEvent(task, window, data);
  let waitedMs = 0;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const reply = readRunReply(await sender.send(event, giveUp), task);
    if (reply.outcome !== 'busy' || waitedMs >= MAX_WAIT_MS) return reply;
    onBusy(window, waitMs);
    waitedMs += waitMs;
    await pause(waitMs, undefined, { signal: stop }).catch(() => {}); // rejects only when stopped, which is looked at next
    if (stop.aborted) return undefined;
  }
}
