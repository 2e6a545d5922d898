import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** `complete`: prints the completion script of a shell; the script asks the tool itself for what may come next. */
export function addCompletion(program: Command): void {
  tab(program);
  program.commands
    .find((command) => command.name() === 'complete')
    ?.description('print the completion script of a shell')
    .addHelpText('after', `\nExamples:\n  $ source <(bi-cron complete bash)\n  $ bi-cron complete fish | source`);
}
