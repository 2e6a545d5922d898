import { setTimeout as pause } from 'node:timers/promises';
import { BACKFILL_TYPE } from '../../../functions/runtime/event/trigger.ts';
import { formatRfc3339 } from '../../../functions/runtime/rfc3339.ts';
import { createTaskEvent } from '../event/task-event.ts';
import type { Sender } from '../senders/sender.ts';
import { readVerdict, type Verdict } from '../senders/verdict.ts';
import type { BackfillWindow } from './plan.ts';

export interface DriveOptions {
  readonly task: string;
  readonly data: Readonly<Record<string, unknown>> | undefined;
  /** One for each window that may be under way at a time. */
  readonly lanes: readonly Sender[];
  /** Aborted: no further window is begun. */
  readonly stop: AbortSignal;
  /** Aborted: what is under way is given up, too. */
  readonly giveUp: AbortSignal;
  /** Told of each window that is done, before the next one of its lane is begun. */
  readonly onDone: (window: BackfillWindow, verdict: Verdict) => Promise<void>;
  /** Told when the function is busy with another run, which is waited for. */
  readonly onBusy: (window: BackfillWindow, waitMs: number) => void;
}

/** The first window that was not done, and why. */
export interface Failure {
  readonly window: BackfillWindow;
  readonly verdict: Verdict;
}

/** Sends the windows in order. Resolves with the first failure, once what was under way beside it has ended. */
export async function drive(windows: readonly BackfillWindow[], options: DriveOptions): Promise<Failure | undefined> {
  const { lanes, stop, giveUp, onDone } = options;
  const failures: Failure[] = [];
  let begun = 0;

  async function work(sender: Sender): Promise<void> {
    for (let window = windows[begun]; window !== undefined; window = windows[begun]) {
      if (stop.aborted || failures.length > 0) return;
      begun += 1;
      const verdict = await sendWindow(window, sender, options);
      if (verdict === undefined) return;
      const isDone = verdict.outcome === 'done' || (verdict.outcome === 'skipped' && verdict.reason === 'duplicate');
      if (isDone) await onDone(window, verdict);
      else if (!giveUp.aborted) failures.push({ window, verdict });
    }
  }

  await Promise.all(lanes.map(work));
  return failures[0];
}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
const PATIENCE_MS = 10 * 60_000; // a run takes 580 s at most

/** One window, sent again while another run keeps the function busy; undefined when it was stopped while waiting. */
async function sendWindow(window: BackfillWindow, sender: Sender, options: DriveOptions): Promise<Verdict | undefined> {
  const { stop, giveUp, onBusy } = options;
  const event = toEvent(window, options);
  let waitedMs = 0;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const verdict = readVerdict(await sender.send(event, giveUp));
    if (verdict.outcome !== 'busy' || waitedMs >= PATIENCE_MS) return verdict;
    onBusy(window, waitMs);
    waitedMs += waitMs;
    await pause(waitMs, undefined, { signal: stop }).catch(() => {}); // rejects only when stopped, which is looked at next
    if (stop.aborted) return undefined;
  }
}

/** The event of a window; all of it follows from the window, so that the same window always gives the same event. */
function toEvent({ from, end, runKey }: BackfillWindow, { task, data }: DriveOptions) {
  const window = { start: formatRfc3339(from), end: formatRfc3339(end) };
  return createTaskEvent(task, { type: BACKFILL_TYPE, id: runKey, runKey, slot: end, data: { ...data, window } }, end);
}
