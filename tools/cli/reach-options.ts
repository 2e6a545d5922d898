import type { Command } from 'commander';

/** How to reach a function elsewhere. */
export interface ReachOptions {
  readonly url?: string;
  readonly namespace?: string;
  readonly context?: string;
  readonly serviceAccount: string;
  readonly token?: string;
  readonly timeout: string;
}

/** Adds the options that say where a function is. */
export function addReachOptions(command: Command): Command {
  return command
    .option('--url <url>', 'the function itself')
    .option('-n, --namespace <name>', 'the namespace of its Knative Service')
    .option('--context <name>', 'the context of kubectl')
    .option('--service-account <name>', 'whose token to send when the cluster asks for one', 'default')
    .option('--token <jwt>', 'send this token instead')
    .option('--timeout <duration>', 'how long to wait for the answer', '610s');
}
