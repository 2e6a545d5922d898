#!/usr/bin/env node
import { CommanderError } from 'commander';
import picocolors from 'picocolors';
import { RunError } from '../../functions/runtime/run-error.ts';
import { ScheduleError } from '../manifests/cron-fields.ts';
import { ROOT } from '../project.ts';
import type { CliHost, Colors } from './cli-host.ts';
import { EXIT, exitCodeOf, ExitError, UsageError, type ExitCode } from './exit-code.ts';
import { createProgram } from './program.ts';

const { stdin, stdout, stderr, env, argv } = process;

/** Colours on a terminal only; NO_COLOR and FORCE_COLOR as everywhere. */
function colorsFor(stream: NodeJS.WriteStream): Colors {
  const isForced = (env['FORCE_COLOR'] ?? '0') !== '0';
  return picocolors.createColors(
    isForced || (stream.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'),
  );
}

const host: CliHost = {
  root: ROOT,
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

/** What a thrown error means for the exit status, told on standard error. */
function explain(error: unknown): ExitCode {
  const say = (text: string): void => host.err(`${host.colors.err.red(`bi-cron: ${text}`)}\n`);
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage; // commander has told it
  if (error instanceof UsageError || error instanceof ScheduleError) {
    say(error.message);
    return EXIT.usage;
  }
  if (error instanceof ExitError) {
    say(error.message);
    return error.exitCode;
  }
  if (error instanceof RunError) {
    say(error.message);
    return exitCodeOf(error.ending.outcome);
  }
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return EXIT.unknown;
}

try {
  await createProgram(host).parseAsync(argv);
} catch (error) {
  process.exitCode = explain(error);
}
