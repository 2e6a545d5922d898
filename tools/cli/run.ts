import { Argument, type Command } from 'commander';
import { listTasks } from '../project.ts';
import type { CliHost } from './cli-host.ts';
import { addEnvFile } from './environment.ts';
import type { RunOptions } from './run/run-task.ts';

/** `run`: one run in this process, by the function's own flow. Also what a Job runs. */
export function addRun(program: Command, host: CliHost): void {
  const command = program
    .command('run')
    .description('run a task here, in this process')
    .addHelpText(
      'after',
      '\nRuns a task in this process by the very flow of its function: the same answer, the same log line on standard output.\nIn a Job the task may come from FUNCTION_TARGET and the event from K_EVENT_PATH (JobSink).',
    )
    .addArgument(new Argument('[task]', 'what to run; FUNCTION_TARGET when missing').choices(listTasks(host.root)))
    .addHelpText(
      'after',
      `
Examples:
  $ bi-cron run increment-order --env knative/overlays/dev/nacos.env
  $ bi-cron run increment-order --slot 2026-11-22T05:40:00Z
  $ bi-cron run full-order --data '{"shopIds": ["100001"]}' --dry-run`,
    );
  addRunOptions(command).action(async (task: string | undefined, options: RunOptions) => {
    const { run } = await import('./run/run-task.ts');
    await run(task, options, host);
  });
}

/** The options of `run`, for its aliases too. */
export function addRunOptions(command: Command): Command {
  return addEnvFile(
    command
      .option('--data <json>', 'request fields in proto3 JSON, or @file; they override the configured ones')
      .option('--slot <time>', 'run as the tick of this moment, RFC 3339: the same slot is the same run key')
      .option('--dry-run', 'show configuration, instance and request; call nothing')
      .option('--json', 'one JSON document on standard output; the log line goes to standard error'),
  );
}
