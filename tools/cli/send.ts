import type { Command } from 'commander';
import { taskOf } from '../../functions/runtime/event/run-key.ts';
import { openSender } from '../events/open-sender.ts';
import { readRunReply } from '../events/run-reply.ts';
import { createTaskEvent } from '../events/task-event.ts';
import { EXIT, exitCodeOf, UsageError } from './exit-code.ts';
import type { CliHost } from './host.ts';
import { addSenderOptions, readData, readSenderOptions, readTime, taskArgument, type SenderFlags } from './options.ts';
import { formatReply } from './show-reply.ts';
import { timeContextOf } from './timetable.ts';

/** `send`: one event to a running function. */
export function addSend(program: Command, host: CliHost): void {
  const command = program
    .command('send')
    .description('send an event to a running function')
    .addHelpText(
      'after',
      '\nPosts a CloudEvent that asks for a run, and shows the answer. Without --url the Knative Service is found by kubectl and reached by a port-forward to the ingress, so that one at zero starts.',
    )
    .addArgument(taskArgument('<task>', 'whom to send to', host.root));
  addSenderOptions(command)
    .option('--data <json>', 'request fields in proto3 JSON, or @file; they override the configured ones')
    .option('--slot <time>', 'the moment the run is for (see times); now when missing')
    .option('--id <id>', 'the id of the event; the same id again is a duplicate')
    .option('--rerun <run key>', 'do an earlier run once more, whose end is unknown; needs --why')
    .option('--why <text>', 'why, for readers of the event')
    .option('--json', 'JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  $ bi-cron send goods-onsale --url http://127.0.0.1:8080/
  $ bi-cron send increment-order -n bi-cron-dev --data '{"shopIds": ["100001"]}'
  $ bi-cron send full-order -n bi-cron --data @request.json --json
  $ bi-cron send full-order --rerun full-order@2026-11-22T18:45:00Z --why '…'`,
    )
    .action((task: string, options: SendOptions) => send(task, options, host));
}

interface SendOptions extends SenderFlags {
  readonly data?: string;
  readonly slot?: string;
  readonly id?: string;
  readonly rerun?: string;
  readonly why?: string;
  readonly json?: boolean;
}

const SOURCE = '/bi-cron/cli';

/** Sends one event, prints the answer, and sets the exit status. */
async function send(task: string, options: SendOptions, host: CliHost): Promise<void> {
  const slot =
    options.slot === undefined ? undefined : readTime('--slot', options.slot, await timeContextOf(task, host));
  const data = await readData(options.data);
  const { id, rerun: rerunOf, why } = options;
  if (rerunOf !== undefined)
    requireRerun(task, rerunOf, { why, hasSlot: slot !== undefined || data?.['window'] !== undefined });
  const event = createTaskEvent({ source: SOURCE, task, data, slot, id, rerunOf, why }, host.now());
  const sender = await openSender(task, readSenderOptions(options));
  const caller = new AbortController();
  const stopListening = host.onStop(() => caller.abort());
  try {
    const identity = sender.identity === undefined ? '' : ` as ${sender.identity}`;
    host.err(host.colors.err.dim(`· event ${event.id} to ${sender.destination}${identity}\n`));
    const reply = readRunReply(await sender.send(event, caller.signal), task);
    host.out(options.json ? `${JSON.stringify(reply)}\n` : formatReply(task, reply, host.colors.out));
    host.exit(caller.signal.aborted ? EXIT.interrupted : exitCodeOf(reply.outcome));
  } finally {
    stopListening();
    await sender.close();
  }
}

const SLOT_IN_KEY = /@\d{4}-\d\d-\d\dT/;

/** A re-run has a reason, is of this task, and is for the slot in its key, or says which. Throws UsageError. */
function requireRerun(
  task: string,
  rerunOf: string,
  { why, hasSlot }: { why: string | undefined; hasSlot: boolean },
): void {
  if (rerunOf === '' || (taskOf(rerunOf) ?? task) !== task)
    throw new UsageError(
      `--rerun: expected a run key of ${task}, such as ${task}@2026-11-22T18:45:00Z, got ${JSON.stringify(rerunOf)}`,
    );
  if (why === undefined || why.trim() === '')
    throw new UsageError('--why: expected the reason of the re-run, got none');
  if (!hasSlot && !SLOT_IN_KEY.test(rerunOf))
    throw new UsageError(`--slot: expected one, because the run key ${JSON.stringify(rerunOf)} has none`);
}
