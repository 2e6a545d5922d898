import { Argument, type Command } from 'commander';
import { listTasks } from '../project.ts';
import type { CliHost } from './cli-host.ts';
import type { NextOptions } from './next/show-next.ts';

/** `next`: the coming ticks. */
export function addNext(program: Command, host: CliHost): void {
  program
    .command('next')
    .description('the next runs of one task, or of all')
    .addHelpText('after', '\nShows the next ticks of the PingSources in knative/base, in their zone and in UTC.')
    .addArgument(new Argument('[task]', 'all tasks when missing').choices(listTasks(host.root)))
    .option('--count <number>', 'ticks per task', '5')
    .option('--from <time>', 'ticks after this moment, RFC 3339; now when missing')
    .option('--manifests <folder>', 'read the schedules from another folder')
    .option('--json', 'JSON on standard output')
    .addHelpText(
      'after',
      `\nExamples:\n  $ bi-cron next\n  $ bi-cron next full-order --count 3 --from 2026-12-31T00:00:00Z`,
    )
    .action(async (task: string | undefined, options: NextOptions) => {
      const { next } = await import('./next/show-next.ts');
      await next(task, options, host);
    });
}
