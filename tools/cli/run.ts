import type { Command } from 'commander';
import { readBootstrap } from '../../functions/runtime/env.ts';
import { readOnceEvent } from '../../functions/runtime/job.ts';
import { formatRfc3339 } from '../../functions/runtime/rfc3339.ts';
import { openInProcess } from '../events/in-process.ts';
import { readRunReply } from '../events/run-reply.ts';
import { listTasks, loadTask } from '../project.ts';
import { dryRun, formatDryRun } from './dry-run.ts';
import { EXIT, exitCodeOf, UsageError } from './exit-code.ts';
import type { CliHost } from './host.ts';
import {
  addEnvFile,
  ENVIRONMENT_HINT,
  readData,
  readEnvironment,
  readTime,
  requireTask,
  taskArgument,
} from './options.ts';
import { formatReply } from './show-reply.ts';
import { timeContextOf } from './timetable.ts';

/** `run`: one run in this process, by the function's own flow. Also what a Job runs. */
export function addRun(program: Command, host: CliHost): void {
  const command = program
    .command('run')
    .description('run a task here, in this process')
    .addHelpText(
      'after',
      '\nRuns a task in this process by the same flow as its function: the same answer, the same log line on standard output\n(on a terminal the answer in words; --verbose shows the line, too).\nIn a Job the task may come from FUNCTION_TARGET and the event from K_EVENT_PATH (JobSink).',
    )
    .addArgument(taskArgument('[task]', 'what to run; FUNCTION_TARGET when missing', host.root))
    .addHelpText(
      'after',
      `
Examples:
  $ bi-cron run increment-order --env knative/overlays/dev/nacos.env
  $ bi-cron run increment-order --slot 2026-11-22T05:40:00Z
  $ bi-cron run full-order --data '{"shopIds": ["100001"]}' --dry-run`,
    );
  addRunOptions(command).action((task: string | undefined, options: RunOptions) => run(task, options, host));
}

/** The options of `run`, for its old names too. */
function addRunOptions(command: Command): Command {
  return addEnvFile(
    command
      .option('--data <json>', 'request fields in proto3 JSON, or @file; they override the configured ones')
      .option('--slot <time>', 'run as the tick of this moment (see times): the same slot is the same run key')
      .option('--dry-run', 'show configuration, instance and request; call nothing')
      .option('--json', 'one JSON document on standard output; the log line goes to standard error'),
  );
}

/** The command tree of the Go tool, by which old Job manifests start their work. */
const OLD_COMMANDS = {
  leke: { goods: { onsale: 'goods-onsale' }, order: { full: 'full-order', increment: 'increment-order' } },
  jushuitan: { inventory: { fetch: 'inventory-fetch' } },
} as const;

type Tree = { readonly [word: string]: string | Tree };

/** The old commands as hidden aliases of `run`. */
export function addOldCommands(program: Command, host: CliHost): void {
  addTree(program, OLD_COMMANDS, host);
}

function addTree(parent: Command, tree: Tree, host: CliHost): void {
  for (const [word, below] of Object.entries(tree)) {
    const command = parent.command(word, { hidden: true });
    if (typeof below === 'string') {
      const asRun = command.description(`the old name of: run ${below}`);
      addRunOptions(asRun).action((options: RunOptions) => run(below, options, host));
    } else {
      addTree(command.description('old commands'), below, host);
    }
  }
}

interface RunOptions {
  readonly data?: string;
  readonly slot?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly env?: string;
}

/** Runs the task, or dry-runs it, and sets the exit status. */
async function run(given: string | undefined, options: RunOptions, host: CliHost): Promise<void> {
  const name = given ?? host.env['FUNCTION_TARGET'];
  requireTask(name, listTasks(host.root));
  const task = await loadTask(name, host.root);
  const env = await readEnvironment(options.env, host.env);
  const event = await readEvent(name, options, host);
  requireEnvironment(env);

  if (options.dryRun) {
    const plan = await dryRun(task, event, env, host.now());
    host.out(options.json ? `${JSON.stringify(plan)}\n` : formatDryRun(plan, host));
    host.exit(plan.chosen === undefined ? EXIT.unavailable : EXIT.done);
    return;
  }

  const logTo = { write: logWriter(options, host) };
  const sender = await openInProcess(task, env, { logTo });
  const caller = new AbortController();
  const stopListening = host.onStop((signal) => {
    if (signal !== 'SIGTERM') caller.abort();
    else host.err('SIGTERM: the run goes on until it ends; a pod has its grace period\n'); // a call that was sent is work that may be done
  });
  try {
    const reply = readRunReply(await sender.sendStructured(event, caller.signal), name);
    if (options.json) host.out(`${JSON.stringify(reply)}\n`);
    else if (host.outIsTerminal) host.out(formatReply(name, reply, host.colors.out));
    host.exit(caller.signal.aborted ? EXIT.interrupted : exitCodeOf(reply.outcome));
  } finally {
    stopListening();
    await sender.close();
  }
}

/** Where the function's log lines go: to standard output, as in a Job, unless JSON or a terminal needs that. */
function logWriter({ json }: RunOptions, host: CliHost): (line: string) => void {
  if (!json && !host.outIsTerminal) return host.out;
  return json || host.isVerbose ? host.err : () => {};
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
    slot: slot === undefined ? undefined : formatRfc3339(readTime('--slot', slot, await timeContextOf(task, host))),
  };
  return Buffer.from(readOnceEvent(task, options, host.env, host.now()));
}
