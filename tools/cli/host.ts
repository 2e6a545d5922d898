import picocolors from 'picocolors';
import type { ExitCode } from './exit-code.ts';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** All that the commands need of their process. */
export interface CliHost {
  /** The repository's folder: where `functions/`, `protos/` and `knative/` are. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Results go to `out`, all else to `err`. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Colours for `out` and `err`; without effect where neither is a terminal. */
  readonly colors: { readonly out: Colors; readonly err: Colors };
  /** Is `err` a terminal, fit for a progress bar? */
  readonly errIsTerminal: boolean;
  /** May questions be asked? */
  readonly isInteractive: boolean;
  readonly now: () => Date;
  /** Calls `stop` on each SIGINT and SIGTERM; the returned function ends that. */
  readonly onStop: (stop: (signal: NodeJS.Signals) => void) => () => void;
  /** Sets the exit status of the process. */
  readonly exit: (code: ExitCode) => void;
}

/** This process as the commands see it. */
export function processHost(root: string): CliHost {
  const { stdin, stdout, stderr, env } = process;
  for (const stream of [stdout, stderr]) stream.on('error', ignoreClosedPipe);
  return {
    root,
    env,
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    colors: { out: colorsFor(stdout), err: colorsFor(stderr) },
    errIsTerminal: stderr.isTTY,
    isInteractive: stdin.isTTY && stderr.isTTY,
    now: () => new Date(),
    onStop: (stop) => {
      process.on('SIGINT', stop).on('SIGTERM', stop);
      return () => process.off('SIGINT', stop).off('SIGTERM', stop);
    },
    exit: (code) => {
      process.exitCode = code;
    },
  };
}

/** Who reads no further, as `| head`, does not end the work. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** Colours on a terminal only; NO_COLOR and FORCE_COLOR as everywhere. */
function colorsFor(stream: NodeJS.WriteStream): Colors {
  const { env } = process;
  const isForced = (env['FORCE_COLOR'] ?? '0') !== '0';
  return picocolors.createColors(
    isForced || (stream.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'),
  );
}
