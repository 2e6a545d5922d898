import { existsSync } from 'node:fs';
import path from 'node:path';
import { ScheduleError } from '../../manifests/cron-fields.ts';
import { parseSchedule, type Schedule } from '../../manifests/schedule.ts';
import { listTasks, loadTask } from '../../project.ts';
import type { CliHost } from '../cli-host.ts';
import { readDuration } from '../event/read-options.ts';
import { UsageError } from '../exit-code.ts';
import { readSchedules } from '../schedules.ts';
import { writeCode } from './code.ts';
import { formatFiles } from './format-files.ts';
import { commonZone, findFreeSchedule } from './free-schedule.ts';
import { findProblem } from './lint-files.ts';
import { BASE, writeManifests, type ManifestFiles } from './manifest-files.ts';
import { backendProblem, nameTask, taskProblem } from './names.ts';
import { tellNextSteps } from './next-steps.ts';
import type * as Questions from './questions.ts';
import { spanOf } from './span.ts';
import { refuseTakenNames } from './taken-names.ts';
import { writeFiles } from './write-files.ts';

/** The options of `new`, as commander gives them. */
export interface NewOptions {
  readonly backend?: string;
  readonly schedule?: string;
  readonly budget: string;
  /** True, false by `--no-safe-to-repeat`, undefined when neither is given. */
  readonly safeToRepeat?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Writes the files of a task, or lists them; nothing is written when a name is taken or the lint would refuse it. */
export async function scaffold(task: string, options: NewOptions, host: CliHost): Promise<void> {
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

  const manifests = (await readSchedules(root, undefined)) ?? [];
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
      : tellNextSteps({ names, ...done, isNewBackend: !known.has(backend), isDryRun: options.dryRun === true }, host),
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
  return import('./questions.ts');
}

async function askBackend({ isInteractive }: CliHost, known: readonly string[]): Promise<string> {
  if (!isInteractive) throw new UsageError('--backend: expected a value (nobody can be asked here)');
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

/** A person who is not asked has not said that it is harmless. */
async function askSafeToRepeat({ isInteractive }: CliHost): Promise<boolean> {
  return isInteractive ? (await questions()).askSafeToRepeat() : false;
}
