import type { Command } from 'commander';
import type { CliHost } from './cli-host.ts';
import type { ListOptions } from './list/list-tasks.ts';

/** `list`: the tasks and what is known of them without a cluster. */
export function addList(program: Command, host: CliHost): void {
  program
    .command('list')
    .description('tasks, methods, schedules, next runs, timeouts')
    .addHelpText('after', '\nLists the tasks of this repository, with the schedules and time-outs of knative/base.')
    .option('--manifests <folder>', 'read schedules and time-outs from another folder')
    .option('--json', 'JSON on standard output')
    .addHelpText('after', `\nExamples:\n  $ bi-cron list\n  $ bi-cron list --json | jq -r '.[].task'`)
    .action(async (options: ListOptions) => {
      const { list } = await import('./list/list-tasks.ts');
      await list(options, host);
    });
}
