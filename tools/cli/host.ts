import picocolors from 'picocolors';
import { createRedact } from '../../functions/runtime/redact.ts';
import { printable, printableWithColors } from '../events/printable.ts';
import type { ExitCode } from './exit-code.ts';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** All that the commands need of their process. */
export interface CliHost {
  /** The repository's folder: where `functions/`, `protos/` and `knative/` are. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Results go to `out`, all else to `err`. No control character but the line feed gets through, save our own colours, and
   * no secret of the environment or token.
   */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Colours for `out` and `err`; without effect where neither is a terminal. */
  readonly colors: { readonly out: Colors; readonly err: Colors };
  /** Is `out` a terminal, read by a person? */
  readonly outIsTerminal: boolean;
  /** Is `err` a terminal, fit for a progress bar? */
  readonly errIsTerminal: boolean;
  /** How many columns a table may have: those of the terminal, or of the variable COLUMNS; undefined without either. */
  readonly columns: number | undefined;
  /** Print details? */
  readonly isVerbose: boolean;
  /** May questions be asked? */
  readonly isInteractive: boolean;
  readonly now: () => Date;
  /** Calls `stop` on each SIGINT, SIGTERM and SIGHUP; the returned function ends that. */
  readonly onStop: (stop: (signal: NodeJS.Signals) => void) => () => void;
  /** Sets the exit status of the process. */
  readonly exit: (code: ExitCode) => void;
}

/** Options that every command has; they are looked for before there is a command to ask. */
export const GLOBAL_OPTIONS = { noColor: '--no-color', verbose: '--verbose' } as const;

/** This process as the commands see it. */
export function processHost(root: string): CliHost {
  const { stdin, stdout, stderr, env, argv } = process;
  for (const stream of [stdout, stderr]) stream.on('error', ignoreClosedPipe);
  const colors = { out: colorsFor(stdout), err: colorsFor(stderr) };
  const redact = createRedact([env['NACOS_PASSWORD']]);
  const clean = (text: string, isColored: boolean): string =>
    isColored ? printableWithColors(redact(text)) : printable(redact(text));
  return {
    root,
    env,
    out: (text) => stdout.write(clean(text, colors.out.isColorSupported)),
    err: (text) => stderr.write(clean(text, colors.err.isColorSupported)),
    colors,
    outIsTerminal: stdout.isTTY,
    errIsTerminal: stderr.isTTY,
    columns: readColumns(env['COLUMNS']) ?? (stdout.isTTY ? stdout.columns : undefined),
    isVerbose: argv.includes(GLOBAL_OPTIONS.verbose),
    isInteractive: stdin.isTTY && stderr.isTTY,
    now: () => new Date(),
    onStop: (stop) => {
      for (const signal of STOPS) process.on(signal, stop);
      return () => {
        for (const signal of STOPS) process.off(signal, stop);
      };
    },
    exit: (code) => {
      process.exitCode = code;
    },
  };
}

const STOPS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function readColumns(text = ''): number | undefined {
  return /^[1-9]\d{0,3}$/.test(text) ? Number(text) : undefined;
}

/** A reader that stops (`| head`), or a closed terminal, does not end the work. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
}

/** Colours on a terminal only; NO_COLOR and FORCE_COLOR as everywhere. */
function colorsFor(stream: NodeJS.WriteStream): Colors {
  const { env, argv } = process;
  if (argv.includes(GLOBAL_OPTIONS.noColor)) return picocolors.createColors(false);
  const isForced = (env['FORCE_COLOR'] ?? '0') !== '0';
  return picocolors.createColors(
    isForced || (stream.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'),
  );
}
