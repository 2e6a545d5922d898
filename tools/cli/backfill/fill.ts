import { formatRfc3339 } from '../../../functions/runtime/rfc3339.ts';
import { isObject } from '../../../functions/runtime/object.ts';
import type { CliHost } from '../cli-host.ts';
import { EXIT, exitCodeOf, type ExitCode } from '../exit-code.ts';
import type { Sender } from '../../events/sender.ts';
import { formatVerdict } from '../show-verdict.ts';
import type { Verdict } from '../../events/verdict.ts';
import { drive, type Failure } from '../../backfill/drive.ts';
import type { BackfillWindow } from '../../backfill/plan.ts';
import { startProgress } from './progress.ts';
import { writeState, type BackfillState } from './state.ts';
import { listenForStop } from './stopping.ts';

export interface FillOptions {
  readonly task: string;
  readonly windows: readonly BackfillWindow[];
  readonly data: Readonly<Record<string, unknown>> | undefined;
  /** Opens a way for each window that may be under way at a time; `log` takes the log lines of a function in this process. */
  readonly openLanes: (log: (line: string) => void) => Promise<readonly Sender[]>;
  /** The state file, and what stands in it already. */
  readonly file: string;
  readonly state: BackfillState;
  readonly json: boolean;
  readonly host: CliHost;
}

/** Sends what is left of a backfill, remembers each window that is done, and sets the exit status. */
export async function fill({ task, windows, data, openLanes, file, state, json, host }: FillOptions): Promise<void> {
  const workers = await openLanes((line) => progress.log(line));
  const done = new Set(state.done);
  const left = windows.filter(({ runKey }) => !done.has(runKey));
  const progress = startProgress(windows.length, windows.length - left.length, host);
  const stopping = listenForStop(host, () => progress.note('stopping: finishing the window under way'));
  let rows = 0;
  let writing = writeState(file, state);

  async function onDone(window: BackfillWindow, verdict: Verdict): Promise<void> {
    done.add(window.runKey);
    writing = writing.then(() => writeState(file, { ...state, done: [...done] })); // one after the other, whatever lane asks
    await writing;
    const own = rowsOf(verdict);
    rows += own ?? 0;
    progress.advance(window, own, verdict);
  }
  const onBusy = (window: BackfillWindow, waitMs: number): void =>
    progress.note(`${formatRfc3339(window.end)}: another run is under way, again in ${waitMs / 1000} s`);

  let failure: Failure | undefined;
  try {
    await writing;
    failure = await drive(left, { task, data, workers, stop: stopping.stop, giveUp: stopping.giveUp, onDone, onBusy });
  } finally {
    progress.end();
    stopping.close();
    await Promise.all(workers.map((lane) => lane.close()));
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
  readonly failure: Failure | undefined;
}

function exitCodeFor({ failure, isComplete }: Result): ExitCode {
  if (failure !== undefined) {
    const { outcome } = failure.verdict;
    return outcome === 'skipped' ? EXIT.unavailable : exitCodeOf(outcome); // skipped for another reason than that it is done
  }
  return isComplete ? EXIT.done : EXIT.interrupted;
}

function toJson({ failure, ...result }: Result): object {
  if (failure === undefined) return result;
  return { ...result, failure: { runKey: failure.window.runKey, verdict: failure.verdict } };
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
  const { window, verdict } = failure;
  const place = `[${formatRfc3339(window.start)}, ${formatRfc3339(window.end)})`;
  return `${formatVerdict(`${task} ${place}`, verdict, colors.out)}${yellow('stopped')}: ${figures}\n${hint}\n`;
}

function rowsOf({ answer }: Verdict): number | undefined {
  const summary = answer?.['summary'];
  return isObject(summary) && typeof summary['rows'] === 'number' ? summary['rows'] : undefined;
}
