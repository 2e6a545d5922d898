import { Argument, type Command } from 'commander';
import { listTasks } from '../project.ts';
import type { CliHost } from './cli-host.ts';
import { addEnvFile } from './environment.ts';
import { addReachOptions } from './reach-options.ts';
import type { BackfillOptions } from './backfill/start-backfill.ts';

/** `backfill`: a past stretch of time, window by window. */
export function addBackfill(program: Command, host: CliHost): void {
  const command = program
    .command('backfill')
    .description('fill a past stretch of time, window by window')
    .addHelpText(
      'after',
      '\nCuts a past stretch of time into windows as long as the upstream API allows and sends an event for each: in this\nprocess as run does, or to --url, or through kubectl with --namespace or --context. Stops at the first failure. Event\nids and run keys follow from the windows, so that a second start of the same backfill repeats no work.',
    )
    .addArgument(new Argument('<task>', 'what to fill').choices(listTasks(host.root)))
    .requiredOption('--from <time>', 'the start, RFC 3339')
    .requiredOption('--to <time>', 'the end (exclusive), RFC 3339')
    .option('--step <duration>', 'shorter windows than the upstream API allows')
    .option('--overlap <duration>', 'how far each window reaches back before its slice; as configured when missing')
    .option('--parallel <number>', 'windows under way at a time; one process works on one at a time', '1')
    .option('--data <json>', 'further request fields in proto3 JSON, or @file')
    .option('--resume', 'leave out the windows that an earlier start has done')
    .option('--state <file>', 'where to remember them; in $XDG_STATE_HOME/bi-cron when missing')
    .option('--dry-run', 'list the windows, send nothing')
    .option('--json', 'JSON on standard output');
  addReachOptions(addEnvFile(command))
    .addHelpText(
      'after',
      `
Examples:
  $ bi-cron backfill increment-order --from 2026-11-19T00:00:00+08:00 --to 2026-11-22T00:00:00+08:00 --dry-run
  $ bi-cron backfill increment-order --from … --to … --url http://127.0.0.1:8080/
  $ bi-cron backfill increment-order --from … --to … --url http://127.0.0.1:8080/ --resume

In this process the function writes its log line for each window to standard error; LOG_LEVEL=warn leaves out those that
are done. Ctrl-C finishes the window under way and stops; a second one gives it up. Nothing is lost: --resume goes on
from there. The windows, ids and run keys are those of the console's backfill.`,
    )
    .action(async (task: string, options: BackfillOptions) => {
      const { backfill } = await import('./backfill/start-backfill.ts');
      await backfill(task, options, host);
    });
}
