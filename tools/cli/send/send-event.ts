import type { CliHost } from '../cli-host.ts';
import { readData, readTime } from '../event/read-options.ts';
import { createTaskEvent } from '../../events/task-event.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { reach } from '../../events/reach.ts';
import { type ReachOptions } from '../reach-options.ts';
import { formatVerdict } from '../show-verdict.ts';
import { readVerdict } from '../../events/verdict.ts';

/** The options of `send`, as commander gives them. */
export interface SendOptions extends ReachOptions {
  readonly data?: string;
  readonly slot?: string;
  readonly id?: string;
  readonly json?: boolean;
}

const SOURCE = '/bi-cron/cli';

/** Sends one event, prints the answer, and sets the exit status. */
export async function send(task: string, options: SendOptions, host: CliHost): Promise<void> {
  const slot = options.slot === undefined ? undefined : readTime('--slot', options.slot);
  const data = await readData(options.data);
  const event = createTaskEvent({ source: SOURCE, task, data, slot, id: options.id }, host.now());
  const sender = await reach(task, options);
  const caller = new AbortController();
  const stopListening = host.onStop(() => caller.abort());
  try {
    host.err(host.colors.err.dim(`· event ${event.id} to ${sender.destination}\n`));
    const verdict = readVerdict(await sender.send(event, caller.signal));
    host.out(options.json ? `${JSON.stringify(verdict)}\n` : formatVerdict(task, verdict, host.colors.out));
    host.exit(caller.signal.aborted ? EXIT.interrupted : exitCodeOf(verdict.outcome));
  } finally {
    stopListening();
    await sender.close();
  }
}
