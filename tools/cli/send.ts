import { Argument, type Command } from 'commander';
import { openSender } from '../events/open-sender.ts';
import { readRunReply } from '../events/run-reply.ts';
import { createTaskEvent } from '../events/task-event.ts';
import { listTasks } from '../project.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import type { CliHost } from './host.ts';
import { addSenderOptions, readData, readSenderOptions, readTime, type SenderFlags } from './options.ts';
import { formatReply } from './show-reply.ts';

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
  addSenderOptions(command)
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
    .action((task: string, options: SendOptions) => send(task, options, host));
}

interface SendOptions extends SenderFlags {
  readonly data?: string;
  readonly slot?: string;
  readonly id?: string;
  readonly json?: boolean;
}

const SOURCE = '/bi-cron/cli';

/** Sends one event, prints the answer, and sets the exit status. */
async function send(task: string, options: SendOptions, host: CliHost): Promise<void> {
  const slot = options.slot === undefined ? undefined : readTime('--slot', options.slot);
  const data = await readData(options.data);
  const event = createTaskEvent({ source: SOURCE, task, data, slot, id: options.id }, host.now());
  const sender = await openSender(task, readSenderOptions(options));
  const caller = new AbortController();
  const stopListening = host.onStop(() => caller.abort());
  try {
    host.err(host.colors.err.dim(`· event ${event.id} to ${sender.destination}\n`));
    const reply = readRunReply(await sender.send(event, caller.signal));
    host.out(options.json ? `${JSON.stringify(reply)}\n` : formatReply(task, reply, host.colors.out));
    host.exit(caller.signal.aborted ? EXIT.interrupted : exitCodeOf(reply.outcome));
  } finally {
    stopListening();
    await sender.close();
  }
}
