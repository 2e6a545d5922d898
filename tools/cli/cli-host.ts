import type picocolors from 'picocolors';
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
