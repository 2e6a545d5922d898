import { Command, CommanderError } from 'commander';
import { RunError } from '../../functions/runtime/run-error.ts';
import { PlanError } from '../backfill/plan.ts';
import { ScheduleError } from '../manifests/cron-fields.ts';
import type { CliHost } from './cli-host.ts';
import { EXIT, EXIT_HELP, exitCodeOf, ExitError, UsageError, type ExitCode } from './exit-code.ts';

/** Adds a command to the program. */
export type AddCommand = (program: Command, host: CliHost) => void;

/** The tool with these commands, run by the arguments of this process. Never rejects: what is wrong is told, and is the exit status. */
export async function runProgram(commands: readonly AddCommand[], host: CliHost): Promise<void> {
  try {
    await createProgram(commands, host).parseAsync(process.argv);
  } catch (error) {
    host.exit(explain(error, host));
  }
}

function createProgram(commands: readonly AddCommand[], host: CliHost): Command {
  const { bold, cyan } = host.colors.out;
  const program = new Command('bi-cron')
    .description(
      'Scheduled shop-data synchronisation: look at the tasks, run them, send events to them, fill gaps, find faults.',
    )
    .addHelpText('after', EXIT_HELP)
    .configureHelp({ styleTitle: bold, styleCommandText: cyan, styleSubcommandText: cyan, styleOptionText: cyan })
    .configureOutput({
      writeOut: host.out,
      writeErr: host.err,
      getOutHasColors: () => host.colors.out.isColorSupported,
      getErrHasColors: () => host.colors.err.isColorSupported,
      outputError: (text, write) => write(host.colors.err.red(text)),
    })
    .exitOverride()
    .showHelpAfterError('(--help shows the commands and options)');
  for (const add of commands) add(program, host);
  return program;
}

/** What a thrown error means for the exit status, told on standard error. */
function explain(error: unknown, host: CliHost): ExitCode {
  const say = (text: string): void => host.err(`${host.colors.err.red(`bi-cron: ${text}`)}\n`);
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage; // commander has told it
  if (error instanceof UsageError || error instanceof ScheduleError || error instanceof PlanError) {
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
