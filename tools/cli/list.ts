import type { Command } from 'commander';
import { numberAt } from '../manifests/manifest.ts';
import { environmentOf, podTemplatePath, toManifestSet } from '../manifests/manifest-set.ts';
import { listTasks, loadTask } from '../project.ts';
import { formatTable } from '../table.ts';
import type { CliHost } from './host.ts';
import { formatTick, readBaseManifests, timetables } from './timetable.ts';

/** `list`: the tasks and what is known of them without a cluster. */
export function addList(program: Command, host: CliHost): void {
  program
    .command('list')
    .description('tasks, methods, schedules, next runs, timeouts')
    .addHelpText('after', '\nLists the tasks of this repository, with the schedules and time-outs of knative/base.')
    .option('--manifests <folder>', 'read schedules and time-outs from another folder')
    .option('--json', 'JSON on standard output')
    .addHelpText('after', `\nExamples:\n  $ bi-cron list\n  $ bi-cron list --json | jq -r '.[].task'`)
    .action((options: ListOptions) => list(options, host));
}

interface ListOptions {
  readonly manifests?: string;
  readonly json?: boolean;
}

/** What `list` prints of a task; undefined where no manifest has it. */
interface ListedTask {
  readonly task: string;
  /** `package.Service/Method` */
  readonly method: string;
  readonly backend: string;
  readonly safeToRepeat: boolean;
  readonly schedule: string | undefined;
  readonly timezone: string | undefined;
  readonly nextRun: string | undefined;
  /** What one run may take, as the function knows it. */
  readonly runBudget: string | undefined;
  /** What Knative allows a request, cold start included. */
  readonly timeoutSeconds: number | undefined;
}

/** Prints the tasks of the repository. */
async function list({ manifests: folder, json }: ListOptions, host: CliHost): Promise<void> {
  const read = await readBaseManifests(host.root, folder);
  if (read === undefined)
    host.err('no manifests here: schedules and time-outs are left out; --manifests names a folder that has them\n');
  const manifests = read ?? [];
  const tables = timetables(manifests, host.now(), 1);
  const { functions, jobs } = toManifestSet(manifests);
  const listed = await Promise.all(
    listTasks(host.root).map(async (name): Promise<ListedTask> => {
      const { rpc, backend, safeToRepeat } = await loadTask(name, host.root);
      const table = tables.find(({ task }) => task === name);
      const runner = [...functions, ...jobs].find((manifest) => manifest.name === name);
      return {
        task: name,
        method: rpc.method,
        backend,
        safeToRepeat,
        schedule: table?.schedule,
        timezone: table?.timezone,
        nextRun: table?.runs[0]?.slot.toISOString(),
        runBudget: runner && environmentOf(runner, 'RUN_BUDGET').value,
        timeoutSeconds: runner && numberAt(runner.body, [...podTemplatePath(runner), 'spec', 'timeoutSeconds']),
      };
    }),
  );
  host.out(json ? `${JSON.stringify(listed)}\n` : formatTasks(listed, host));
}

function formatTasks(tasks: readonly ListedTask[], { colors, columns }: CliHost): string {
  const { bold, dim, green, yellow } = colors.out;
  const rows = tasks.map(
    ({ task, method, backend, schedule, timezone, nextRun, runBudget, timeoutSeconds, ...rest }) => {
      const [, rpc = ''] = method.split('/');
      return [
        `${bold(task)}\n${dim(`${rpc}\n${backend}`)}`,
        schedule === undefined ? '-' : `${schedule}\n${dim(timezone ?? '')}`,
        nextRun === undefined || timezone === undefined ? '-' : formatTick(new Date(nextRun), timezone).join('\n'),
        [
          runBudget === undefined ? '-' : `${runBudget} of ${timeoutSeconds ?? '-'}s`,
          rest.safeToRepeat ? green('may repeat') : yellow('once only'),
        ].join('\n'),
      ];
    },
  );
  return formatTable({ head: ['task', 'schedule', 'next run', 'budget'], rows }, columns);
}
