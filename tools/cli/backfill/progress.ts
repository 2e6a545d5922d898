import cliProgress from 'cli-progress';
import { formatRfc3339 } from '../../../functions/runtime/rfc3339.ts';
import type { BackfillWindow } from '../../backfill/window-event.ts';
import { printable } from '../../events/printable.ts';
import type { RunReply } from '../../events/run-reply.ts';
import type { CliHost } from '../host.ts';

/** Prints the progress of a backfill. */
export interface Progress {
  /** A window is done. */
  advance(window: BackfillWindow, rows: number | undefined, reply: RunReply): void;
  /** A log line of the function; a person with a bar sees it only when asked to. */
  log(line: string): unknown;
  /** A remark in between. */
  note(text: string): void;
  end(): void;
}

/** A bar with ETA on a terminal, a line for each window elsewhere; on standard error in both cases. */
export function startProgress(total: number, before: number, host: CliHost): Progress {
  return host.errIsTerminal ? startBar(total, before, host) : startLines(total, before, host);
}

const [CLEAR_LINE, SAVE_CURSOR, WRAP_ON, WRAP_OFF] = ['\r\u001B[K', '\u001B7', '\u001B[?7h', '\u001B[?7l']; // xterm's, as cli-progress writes them

function startBar(total: number, before: number, { colors, columns = 80, isVerbose }: CliHost): Progress {
  const { cyan, dim } = colors.err;
  const bar = new cliProgress.SingleBar(
    {
      format: `${cyan('{bar}')} {value}/{total} windows ${dim('·')} {rows} rows ${dim('·')} ETA {eta_formatted} ${dim('{note}')}`,
      stream: process.stderr,
      hideCursor: null, // a bar that dies must not leave the terminal without a cursor
      clearOnComplete: false,
      gracefulExit: false, // SIGINT is ours
      etaBuffer: 20,
      barsize: columns < 110 ? 15 : 40,
    },
    cliProgress.Presets.shades_classic,
  );
  let rowsSoFar = 0;
  bar.start(total, before, { rows: 0, note: '' });
  return {
    advance: ({ end }, rows = 0) => {
      rowsSoFar += rows;
      bar.increment(1, { rows: rowsSoFar, note: `until ${formatRfc3339(end)}` });
    },
    log: (line) =>
      isVerbose && process.stderr.write(`${CLEAR_LINE}${WRAP_ON}${printable(line)}${WRAP_OFF}${SAVE_CURSOR}`), // above the bar, which is redrawn and leaves the cursor where it was saved
    note: (text) => bar.update({ note: text }),
    end: () => bar.stop(),
  };
}

function startLines(total: number, before: number, { err }: CliHost): Progress {
  let done = before;
  return {
    advance: ({ start, end }, rows, { reason, durationMs }) => {
      done += 1;
      const work = reason === 'duplicate' ? 'done already, ' : rows === undefined ? '' : `${rows} rows, `;
      const figures = `${work}${Math.round(durationMs)} ms`;
      err(`${done}/${total} ${formatRfc3339(start)} to ${formatRfc3339(end)}: ${figures}\n`);
    },
    log: err,
    note: (text) => err(`${text}\n`),
    end: () => {},
  };
}
