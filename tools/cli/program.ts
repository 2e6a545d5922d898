import { Command } from 'commander';
import { addAliases } from './aliases.ts';
import { addBackfill } from './backfill.ts';
import type { CliHost } from './cli-host.ts';
import { addCompletion } from './completion.ts';
import { addDoctor } from './doctor.ts';
import { EXIT_HELP } from './exit-code.ts';
import { addList } from './list.ts';
import { addNew } from './new.ts';
import { addNext } from './next.ts';
import { addRun } from './run.ts';
import { addSend } from './send.ts';

const COMMANDS = [addList, addNext, addRun, addSend, addBackfill, addDoctor, addNew, addAliases];

/** The whole tool. Parsing rejects with CommanderError, UsageError or what a command throws. */
export function createProgram(host: CliHost): Command {
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
  for (const add of COMMANDS) add(program, host);
  addCompletion(program);
  return program;
}
