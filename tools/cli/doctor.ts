import { Argument, type Command } from 'commander';
import { listTasks } from '../project.ts';
import type { CliHost } from './cli-host.ts';
import { addEnvFile } from './environment.ts';
import type { DoctorOptions } from './doctor/examine.ts';

/** `doctor`: looks at everything that a run needs, and says what to try where something is wrong. */
export function addDoctor(program: Command, host: CliHost): void {
  const command = program
    .command('doctor')
    .description('find out what is wrong, and what to try')
    .addHelpText(
      'after',
      '\nLooks at environment, Nacos (reachable, clock, login, API, each document), configuration and backends (instances,\nconnection, TLS, health), with the time of each step. Calls no task. Exit status 1: something must be mended; 75:\nsomething does not answer.',
    )
    .addArgument(new Argument('[task]', 'only what this task needs').choices(listTasks(host.root)))
    .option('--json', 'JSON on standard output');
  addEnvFile(command)
    .addHelpText(
      'after',
      `
Examples:
  $ bi-cron doctor --env knative/overlays/dev/nacos.env
  $ kubectl -n bi-cron exec deploy/increment-order-00001-deployment -- bi-cron doctor increment-order`,
    )
    .action(async (task: string | undefined, options: DoctorOptions) => {
      const { doctor } = await import('./doctor/examine.ts');
      await doctor(task, options, host);
    });
}
