import { EXIT_STATUS } from '../../functions/runtime/job.ts';
import type { Outcome } from '../../functions/runtime/outcome.ts';

/** What the tool's exit status says; the numbers above 63 are those of BSD sysexits. */
export const EXIT = {
  /** done, or skipped because there was nothing to do */
  done: 0,
  /** refused for good: the event, the configuration or the backend says no */
  rejected: 1,
  /** wrong command line */
  usage: 64,
  /** the work may have happened, or a bug */
  unknown: 70,
  /** nothing happened; the same command may succeed later */
  unavailable: 75,
  /** Ctrl-C; what was done is kept */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit status of a run's outcome: that of `once`. */
export function exitCodeOf(outcome: Outcome): ExitCode {
  return EXIT_STATUS[outcome];
}

/** For `--help`: what every command shares. */
export const EXIT_HELP = `
Exit status:
  0    done, or skipped because there was nothing to do
  1    rejected: the event, the configuration or the backend says no
  64   wrong command line
  70   unknown: the work may have happened; or a bug
  75   unavailable or busy: nothing happened, the same command may succeed later
  130  interrupted by Ctrl-C

Times: RFC 3339 (2026-11-22T13:40:00+08:00), a date (2026-11-19, today, yesterday: midnight in the task's zone), or -2h (so long ago).`;

/** A wrong command line. The message reads alone: "--slot: expected …, got …". */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Any other expected end: its message is printed, its status is the exit status. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
