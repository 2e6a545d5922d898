import { readBootstrap } from '../../../functions/runtime/env.ts';
import { readOnceEvent } from '../../../functions/runtime/job-event.ts';
import { formatRfc3339 } from '../../../functions/runtime/rfc3339.ts';
import { listTasks, loadTask } from '../../project.ts';
import type { CliHost } from '../cli-host.ts';
import { dryRun } from '../dry-run/dry-run.ts';
import { formatRehearsal } from '../dry-run/show-rehearsal.ts';
import { ENVIRONMENT_HINT, readEnvironment } from '../environment.ts';
import { readData, readTime } from '../event/read-options.ts';
import { EXIT, exitCodeOf, UsageError } from '../exit-code.ts';
import { openInProcess } from '../../events/in-process.ts';
import { formatVerdict } from '../show-verdict.ts';
import { readVerdict } from '../../events/verdict.ts';

/** The options of `run`, as commander gives them. */
export interface RunOptions {
  readonly data?: string;
  readonly slot?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly env?: string;
}

/** Runs the task, or rehearses it, and sets the exit status. */
export async function run(given: string | undefined, options: RunOptions, host: CliHost): Promise<void> {
  const name = given ?? host.env['FUNCTION_TARGET'];
  const names = listTasks(host.root);
  if (name === undefined || !names.includes(name))
    throw new UsageError(
      `task: expected one of ${names.join(', ')}, got ${name === undefined ? 'nothing' : JSON.stringify(name)}`,
    );
  const task = await loadTask(name, host.root);
  const env = await readEnvironment(options.env, host.env);
  const event = await readEvent(name, options, host);
  requireEnvironment(env);

  if (options.dryRun) {
    const rehearsal = await dryRun(task, event, env, host.now());
    host.out(options.json ? `${JSON.stringify(rehearsal)}\n` : formatRehearsal(rehearsal, host.colors.out));
    host.exit(rehearsal.chosen === undefined ? EXIT.unavailable : EXIT.done);
    return;
  }

  const sender = await openInProcess(task, env, options.json ? { logTo: { write: host.err } } : {});
  const caller = new AbortController();
  const stopListening = host.onStop((signal) => {
    if (signal === 'SIGINT') caller.abort();
    else host.err('SIGTERM: the run goes on until it ends; a pod has its grace period\n'); // a call that was sent is work that may be done
  });
  try {
    const verdict = readVerdict(await sender.sendStructured(event, caller.signal));
    if (options.json) host.out(`${JSON.stringify(verdict)}\n`);
    else if (host.errIsTerminal) host.err(formatVerdict(name, verdict, host.colors.err));
    host.exit(caller.signal.aborted ? EXIT.interrupted : exitCodeOf(verdict.outcome));
  } finally {
    stopListening();
    await sender.close();
  }
}

/** A wrong environment is a wrong command line: the message lists every problem. */
function requireEnvironment(env: CliHost['env']): void {
  try {
    readBootstrap(env);
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${ENVIRONMENT_HINT}`, { cause: error }); // readBootstrap throws Errors only
  }
}

/** The event that a Job would have. */
async function readEvent(task: string, { data, slot }: RunOptions, host: CliHost): Promise<Uint8Array> {
  const given = await readData(data);
  const options = {
    data: given && JSON.stringify(given),
    slot: slot === undefined ? undefined : formatRfc3339(readTime('--slot', slot)),
  };
  return Buffer.from(readOnceEvent(task, options, host.env));
}
