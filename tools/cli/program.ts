import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { RunError } from '../../functions/runtime/run-error.ts';
import { UnreachableError } from '../events/kubectl.ts';
import { ScheduleError } from '../manifests/cron-fields.ts';
import { wrapText } from '../table.ts';
import { EXIT, EXIT_HELP, exitCodeOf, ExitError, UsageError, type ExitCode } from './exit-code.ts';
import { GLOBAL_OPTIONS, type CliHost } from './host.ts';

/** Adds a command to the program. */
type AddCommand = (program: Command, host: CliHost) => void;

/** What adds each command, by its name, loaded when it is needed: the whole tool takes a moment to load. */
export type CommandTable = Readonly<Record<string, () => Promise<AddCommand>>>;

/** The commands that need no repository. */
const COMMANDS: CommandTable = {
  list: async () => (await import('./list.ts')).addList,
  next: async () => (await import('./next.ts')).addNext,
  run: async () => (await import('./run.ts')).addRun,
  leke: async () => (await import('./run.ts')).addOldCommands,
  jushuitan: async () => (await import('./run.ts')).addOldCommands,
  send: async () => (await import('./send.ts')).addSend,
  backfill: async () => (await import('./backfill.ts')).addBackfill,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
};

/** The tool, with `more` commands, run by the arguments of this process. Never rejects: errors are printed and set the exit status. */
export async function runProgram(host: CliHost, more: CommandTable = {}): Promise<void> {
  const commands = { ...COMMANDS, ...more };
  try {
    const program = createProgram(host);
    const wanted = wantedOf(commands, process.argv.slice(2)).map((load) => load());
    for (const add of new Set(await Promise.all(wanted))) add(program, host);
    await program.parseAsync(process.argv);
  } catch (error) {
    host.exit(explain(error, host));
  }
}

/** The one command that is named, or all of them: for the help, for an unknown word, for the shell's completion. */
function wantedOf(commands: CommandTable, args: readonly string[]): CommandTable[string][] {
  const name = args.find((arg) => !arg.startsWith('-')) ?? '';
  const named = name === 'complete' || !Object.hasOwn(commands, name) ? undefined : commands[name];
  return named === undefined ? Object.values(commands) : [named];
}

function createProgram(host: CliHost): Command {
  const { bold, cyan } = host.colors.out;
  const program = new Command('bi-cron')
    .description(
      'Scheduled shop-data synchronisation: look at the tasks, run them, send events to them, fill gaps, find faults.',
    )
    .version(manifest.version, '--version', 'print the version')
    .option(GLOBAL_OPTIONS.noColor, 'no colours; NO_COLOR=1 says the same')
    .option(GLOBAL_OPTIONS.verbose, 'tell more: log lines on a terminal, where a bug happened')
    .addHelpText('after', EXIT_HELP)
    .configureHelp({ styleTitle: bold, styleCommandText: cyan, styleSubcommandText: cyan, styleOptionText: cyan })
    .configureOutput({
      writeOut: (text) => host.out(wrapProse(text, host.columns)),
      writeErr: host.err,
      getOutHasColors: () => host.colors.out.isColorSupported,
      getErrHasColors: () => host.colors.err.isColorSupported,
      outputError: (text, write) => write(host.colors.err.red(text.replace(/^error: /, 'bi-cron: '))),
    })
    .exitOverride()
    .showHelpAfterError('(--help shows the commands and options)')
    .showSuggestionAfterError();
  return program;
}

/** Paragraphs as wide as the terminal; what is indented has its form already. */
function wrapProse(text: string, columns = Infinity): string {
  const isLong = (line: string): boolean => line.length > columns && !line.startsWith(' ');
  const lines = text.split('\n').map((line) => (isLong(line) ? wrapText(line, columns).trimEnd() : line));
  return lines.join('\n');
}

/** What a thrown error means for the exit status, with its message on standard error. */
function explain(error: unknown, host: CliHost): ExitCode {
  const say = (text: string): void => host.err(`${host.colors.err.red(`bi-cron: ${text}`)}\n`);
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage; // commander has printed it
  if (error instanceof UsageError || error instanceof ScheduleError) {
    say(error.message);
    return EXIT.usage;
  }
  if (error instanceof UnreachableError) {
    say(error.message);
    return EXIT.unavailable;
  }
  if (error instanceof ExitError) {
    say(error.message);
    return error.exitCode;
  }
  if (error instanceof RunError) {
    say(error.message);
    return exitCodeOf(error.ending.outcome);
  }
  const bug = error instanceof Error ? error : new Error(String(error));
  say(host.isVerbose ? (bug.stack ?? bug.message) : `${bug.message} (a bug; --verbose shows where)`);
  return EXIT.unknown;
}
