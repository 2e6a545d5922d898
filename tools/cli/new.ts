import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { ScheduleError } from '../manifests/cron-fields.ts';
import { parseSchedule, type Schedule } from '../manifests/schedule.ts';
import { listTasks, loadTask } from '../project.ts';
import { UsageError } from './exit-code.ts';
import type { CliHost } from './host.ts';
import { readDuration } from './options.ts';
import { writeCode } from './scaffold/code.ts';
import { findProblem, writeManifests, type ManifestFiles } from './scaffold/manifest-files.ts';
import { backendProblem, BASE, nameTask, refuseTakenNames, taskProblem, type TaskNames } from './scaffold/names.ts';
import type * as Questions from './scaffold/questions.ts';
import { commonZone, findFreeSchedule, spanOf } from './scaffold/schedule.ts';
import { formatFiles, writeFiles } from './scaffold/write-files.ts';
import { readBaseManifests } from './timetable.ts';

/** `new`: the files of another task. */
export function addNew(program: Command, host: CliHost): void {
  program
    .command('new')
    .description('make the files of a new task')
    .argument('<task>', 'its name: lower-case words with hyphens')
    .option('--backend <service>', 'whom it calls, by the name in Nacos; asked for on a terminal')
    .option('--schedule <cron>', 'when it runs; hourly, in a minute that is free, when missing')
    .option('--budget <duration>', 'what one run may take', '100s')
    .option('--safe-to-repeat', 'the same work may be done twice without harm')
    .option('--no-safe-to-repeat', 'it may not')
    .option('--dry-run', 'list the files, write none')
    .option('--json', 'JSON on standard output')
    .addHelpText(
      'after',
      `
Writes functions/<task>/ with a test, a .proto, the Knative manifests, and the lines by which kustomize finds them: the tests of the repository pass at once. Then say in task.ts and in the .proto what the task really asks for.

Examples:
  $ bi-cron new refund-sync --backend bi-api-leke
  $ bi-cron new stock-check --backend bi-api-wdt --schedule '12 3 * * *'`,
    )
    .action((task: string, options: NewOptions) => scaffold(task, options, host));
}

interface NewOptions {
  readonly backend?: string;
  readonly schedule?: string;
  readonly budget: string;
  /** True, false by `--no-safe-to-repeat`, undefined when neither is given. */
  readonly safeToRepeat?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Writes the files of a task, or lists them; nothing is written when a name is taken or the lint would refuse it. */
async function scaffold(task: string, options: NewOptions, host: CliHost): Promise<void> {
  const { root } = host;
  const wrongName = taskProblem(task);
  if (wrongName !== undefined) throw new UsageError(wrongName);
  const budgetSeconds = readDuration('--budget', options.budget) / 1000;
  const tasks = listTasks(root);
  const model = tasks.find((name) => existsSync(path.join(root, BASE, `${name}.yaml`)));
  if (model === undefined) throw new UsageError(`new: expected a repository with tasks and ${BASE}, got neither`);
  const known = new Set((await Promise.all(tasks.map((name) => loadTask(name, root)))).map(({ backend }) => backend));

  const backend = options.backend ?? (await askBackend(host, [...known]));
  const names = nameTask(task, backend);
  refuseTakenNames(names, root);

  const manifests = (await readBaseManifests(root, undefined)) ?? [];
  const timezone = commonZone(manifests);
  const write = (expression: string): ManifestFiles => {
    const schedule = readSchedule(expression, timezone);
    const files = writeManifests(root, model, names, { schedule, budgetSeconds });
    const context = { tasks: [...tasks, task], now: host.now() };
    const problem = findProblem(root, new Map([...files.made, ...files.changed]), context);
    if (problem !== undefined) throw new UsageError(problem);
    return files;
  };
  const free = findFreeSchedule(manifests, backend)?.expression;
  const asked = options.schedule ?? (await askSchedule(host, { free, timezone, write }));
  const { made, changed } = write(asked);
  const safeToRepeat = options.safeToRepeat ?? (await askSafeToRepeat(host));
  const span = spanOf(readSchedule(asked, timezone), host.now());
  const own = new Map([...writeCode(names, { safeToRepeat, span }), ...made]);
  if (!options.dryRun) await writeFiles(root, await formatFiles(root, new Map([...own, ...changed])));

  const done = { made: [...own.keys()], changed: [...changed.keys()] };
  host.out(
    options.json
      ? `${JSON.stringify({ task, backend, schedule: tidy(asked), safeToRepeat, ...done })}\n`
      : formatNextSteps({ names, ...done, isNewBackend: !known.has(backend), isDryRun: options.dryRun === true }, host),
  );
}

function readSchedule(expression: string, timezone: string): Schedule {
  try {
    return parseSchedule(tidy(expression), timezone);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    throw new UsageError(`schedule: ${error.message} in ${JSON.stringify(expression)}`, { cause: error });
  }
}

function tidy(expression: string): string {
  return expression.trim().split(/\s+/).join(' ');
}

function questions(): Promise<typeof Questions> {
  return import('./scaffold/questions.ts');
}

async function askBackend({ isInteractive }: CliHost, known: readonly string[]): Promise<string> {
  if (!isInteractive) throw new UsageError('--backend: expected a value (there is no terminal to ask at)');
  return (await questions()).askBackend(known, backendProblem);
}

interface ScheduleQuestion {
  readonly free: string | undefined;
  readonly timezone: string;
  /** Throws UsageError when a schedule cannot be taken. */
  readonly write: (expression: string) => unknown;
}

async function askSchedule(host: CliHost, { free, timezone, write }: ScheduleQuestion): Promise<string> {
  if (host.isInteractive) {
    const check = (expression: string): string | undefined => {
      try {
        write(expression);
        return undefined;
      } catch (error) {
        if (error instanceof UsageError) return error.message;
        throw error;
      }
    };
    return (await questions()).askSchedule(free, timezone, check);
  }
  if (free === undefined) throw new UsageError('--schedule: expected one, every minute of the backend is taken');
  return free;
}

/** Without an answer the task is not safe to repeat. */
async function askSafeToRepeat({ isInteractive }: CliHost): Promise<boolean> {
  return isInteractive ? (await questions()).askSafeToRepeat() : false;
}

/** What `new` has done, or would do. */
interface NewFiles {
  readonly names: TaskNames;
  readonly made: readonly string[];
  readonly changed: readonly string[];
  /** No other task calls its backend: the configuration does not know it yet. */
  readonly isNewBackend: boolean;
  readonly isDryRun: boolean;
}

/** The files, and how to go on. */
function formatNextSteps({ names, made, changed, isNewBackend, isDryRun }: NewFiles, { colors }: CliHost): string {
  const { green, yellow, bold } = colors.out;
  const { task, backend, proto } = names;
  const files = [
    ...made.map((file) => `  ${green('new')}      ${file}\n`),
    ...changed.map((file) => `  ${yellow('changed')}  ${file}\n`),
  ].join('');
  if (isDryRun) return `${files}Nothing is written (--dry-run).\n`;
  const steps = [
    `${bold('make test')}: all green as it stands`,
    `${bold(`make run TASK=${task}`)}: one run on the embedded stack; ${bold('make dev')}, restarted, shows it in the console`,
    `say what it really asks for: protos/${proto}, functions/${task}/task.ts and its test`,
    ...(isNewBackend
      ? [
          `before it goes to a cluster, publish in Nacos (bi-cron.yaml): ${bold(`grpc: { ${backend}: { service: ${backend} } }`)}`,
        ]
      : []),
  ];
  return `${files}Next:\n${steps.map((step, index) => `  ${index + 1}. ${step}\n`).join('')}`;
}
