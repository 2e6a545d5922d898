import { isObject } from '../../../functions/runtime/object.ts';
import { formatRfc3339 } from '../../../functions/runtime/rfc3339.ts';
import { sendWindows, type WindowFailure } from '../../backfill/send-windows.ts';
import type { BackfillWindow } from '../../backfill/window-event.ts';
import type { Sender } from '../../events/open-sender.ts';
import type { RunReply } from '../../events/run-reply.ts';
import { EXIT, exitCodeOf, type ExitCode } from '../exit-code.ts';
import type { CliHost } from '../host.ts';
import { formatReply } from '../show-reply.ts';
import { startProgress } from './progress.ts';
import { writeState, type BackfillState } from './state.ts';

export interface RunBackfillOptions {
  readonly task: string;
  readonly windows: readonly BackfillWindow[];
  readonly data: Readonly<Record<string, unknown>> | undefined;
  /** Opens a sender for each window that may be under way at a time; `log` takes the log lines of a function in this process. */
  readonly openWorkers: (log: (line: string) => void) => Promise<readonly Sender[]>;
  /** The state file, and what stands in it already. */
  readonly file: string;
  readonly state: BackfillState;
  readonly json: boolean;
  readonly host: CliHost;
}

/** Sends what is left of a backfill, remembers each window that is done, and sets the exit status. */
export async function runBackfill({
  task,
  windows,
  data,
  openWorkers,
  file,
  state,
  json,
  host,
}: RunBackfillOptions): Promise<void> {
  const workers = await openWorkers((line) => progress.log(line));
  const done = new Set(state.done);
  const left = windows.filter(({ runKey }) => !done.has(runKey));
  const progress = startProgress(windows.length, windows.length - left.length, host);
  const stopping = listenForStop(host, () => progress.note('stopping: finishing the window under way'));
  let rows = 0;
  let writing = writeState(file, state);

  async function onDone(window: BackfillWindow, reply: RunReply): Promise<void> {
    done.add(window.runKey);
    writing = writing.then(() => writeState(file, { ...state, done: [...done] })); // one after the other, whatever worker asks
    await writing;
    const own = rowsOf(reply);
    rows += own ?? 0;
    progress.advance(window, own, reply);
  }
  const onBusy = (window: BackfillWindow, waitMs: number): void =>
    progress.note(`${formatRfc3339(window.end)}: another run is under way, again in ${waitMs / 1000} s`);

  let failure: WindowFailure | undefined;
  try {
    await writing;
    failure = await sendWindows(left, {
      task,
      data,
      workers,
      stop: stopping.stop,
      giveUp: stopping.giveUp,
      onDone,
      onBusy,
    });
  } finally {
    progress.end();
    stopping.close();
    await Promise.all(workers.map((worker) => worker.close()));
  }
  const isComplete = windows.every(({ runKey }) => done.has(runKey));
  report({
    windows: windows.length,
    done: done.size,
    sent: done.size - state.done.length,
    rows,
    state: file,
    isComplete,
    failure,
  });

  function report(result: Result): void {
    if (json) host.out(`${JSON.stringify(toJson(result))}\n`);
    else host.out(formatResult(task, result, host));
    host.exit(exitCodeFor(result));
  }
}

interface Result {
  readonly windows: number;
  /** Windows that are done, those of earlier starts included. */
  readonly done: number;
  /** Windows that were done by this start. */
  readonly sent: number;
  readonly rows: number;
  readonly state: string;
  readonly isComplete: boolean;
  readonly failure: WindowFailure | undefined;
}

function exitCodeFor({ failure, isComplete }: Result): ExitCode {
  if (failure !== undefined) {
    const { outcome } = failure.reply;
    return outcome === 'skipped' ? EXIT.unavailable : exitCodeOf(outcome); // skipped for another reason than that it is done
  }
  return isComplete ? EXIT.done : EXIT.interrupted;
}

function toJson({ failure, ...result }: Result): object {
  if (failure === undefined) return result;
  return { ...result, failure: { runKey: failure.window.runKey, verdict: failure.reply } };
}

function formatResult(
  task: string,
  { windows, done, sent, rows, failure, isComplete }: Result,
  { colors }: CliHost,
): string {
  const { green, yellow, bold, dim } = colors.out;
  const figures = `${done} of ${windows} windows done, ${sent} by this start, ${rows} rows`;
  if (isComplete) return `${bold(task)} ${green('filled')}: ${figures}\n`;
  const hint = dim('the same command with --resume goes on from there');
  if (failure === undefined) return `${bold(task)} ${yellow('interrupted')}: ${figures}\n${hint}\n`;
  const { window, reply } = failure;
  const place = `[${formatRfc3339(window.start)}, ${formatRfc3339(window.end)})`;
  return `${formatReply(`${task} ${place}`, reply, colors.out)}${yellow('stopped')}: ${figures}\n${hint}\n`;
}

function rowsOf({ answer }: RunReply): number | undefined {
  const summary = answer?.['summary'];
  return isObject(summary) && typeof summary['rows'] === 'number' ? summary['rows'] : undefined;
}

/** How a backfill is ended early. */
interface ShutdownHandler {
  /** The first Ctrl-C: what is under way is finished, nothing more is started. */
  readonly stop: AbortSignal;
  /** The second Ctrl-C: what is under way is given up. */
  readonly giveUp: AbortSignal;
  close(): void;
}

/** Listens for Ctrl-C (and SIGTERM); `onStop` is called for the first. */
function listenForStop(host: CliHost, onStop: () => void): ShutdownHandler {
  const stop = new AbortController();
  const giveUp = new AbortController();
  const close = host.onStop(() => {
    if (stop.signal.aborted) {
      giveUp.abort();
      return;
    }
    stop.abort();
    onStop();
  });
  return { stop: stop.signal, giveUp: giveUp.signal, close };
}
