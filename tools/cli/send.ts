import { Argument, type Command } from 'commander';
import { listTasks } from '../project.ts';
import type { CliHost } from './cli-host.ts';
import { addReachOptions } from './reach-options.ts';
import type { SendOptions } from './send/send-event.ts';

/** `send`: one event to a running function. */
export function addSend(program: Command, host: CliHost): void {
  const command = program
    .command('send')
    .description('send an event to a running function')
    .addHelpText(
      'after',
      '\nPosts a CloudEvent that asks for a run, and shows the answer. Without --url the Knative Service is found by kubectl\nand reached by a port-forward to the ingress, so that one at zero starts.',
    )
    .addArgument(new Argument('<task>', 'whom to send to').choices(listTasks(host.root)));
  addReachOptions(command)
    .option('--data <json>', 'request fields in proto3 JSON, or @file; they override the configured ones')
    .option('--slot <time>', 'the moment the run is for, RFC 3339; now when missing')
    .option('--id <id>', 'the id of the event; the same id again is a duplicate')
    .option('--json', 'JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  $ bi-cron send goods-onsale --url http://127.0.0.1:8080/
  $ bi-cron send increment-order -n bi-cron-dev --data '{"shopIds": ["100001"]}'
  $ bi-cron send full-order -n bi-cron --data @request.json --json`,
    )
    .action(async (task: string, options: SendOptions) => {
      const { send } = await import('./send/send-event.ts');
      await send(task, options, host);
    });
}
