import type { Command } from 'commander';
import type { CliHost } from './cli-host.ts';
import type { NewOptions } from './scaffold/scaffold.ts';

/** `new`: the files of another task. */
export function addNew(program: Command, host: CliHost): void {
  program
    .command('new')
    .description('make the files of a new task')
    .argument('<task>', 'its name: lower-case words with hyphens')
    .option('--backend <service>', 'whom it calls, by the name in Nacos; asked for on a terminal')
    .option('--schedule <cron>', 'when it runs; hourly, in a minute that is free, when missing')
    .option('--budget <duration>', 'what one run may take', '100s')
    .option('--safe-to-repeat', 'the same work may be done twice without harm')
    .option('--no-safe-to-repeat', 'it may not')
    .option('--dry-run', 'list the files, write none')
    .option('--json', 'JSON on standard output')
    .addHelpText(
      'after',
      `
Writes functions/<task>/ with a test, a .proto, the Knative manifests, and the lines by which kustomize finds them: the
tests of the repository pass at once. Then say in task.ts and in the .proto what the task really asks for.

Examples:
  $ bi-cron new refund-sync --backend bi-api-leke
  $ bi-cron new stock-check --backend bi-api-wdt --schedule '12 3 * * *' --budget 280s --no-safe-to-repeat`,
    )
    .action(async (task: string, options: NewOptions) => {
      const { scaffold } = await import('./scaffold/scaffold.ts');
      await scaffold(task, options, host);
    });
}
