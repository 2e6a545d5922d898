import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lint } from '../../manifests/lint.ts';
import type { Manifest } from '../../manifests/manifest.ts';
import { parseManifests } from '../../manifests/read-manifests.ts';
import { parseSchedule } from '../../manifests/schedule.ts';
import { listTasks, loadTask } from '../../project.ts';
import type { CliHost } from '../cli-host.ts';
import { readDuration } from '../event/read-options.ts';
import { UsageError } from '../exit-code.ts';
import { writeCode } from './code.ts';
import { commonZone, findFreeSchedule } from './free-schedule.ts';
import { writeManifests } from './manifest-files.ts';
import type * as Questions from './questions.ts';
import { nameTask } from './names.ts';
import { readSchedules } from '../schedules.ts';

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

/** Writes the files of a task, or lists them; nothing is written when one exists or the lint would refuse it. */
export async function scaffold(task: string, options: NewOptions, host: CliHost): Promise<void> {
  const { root } = host;
  const existing = listTasks(root);
  const known = await Promise.all(existing.map((name) => loadTask(name, root)));
  const backends = [...new Set(known.map(({ backend }) => backend))];
  const names = nameTask(
    task,
    options.backend ?? (await ask(host, 'backend', ({ askBackend }) => askBackend(backends))),
  );
  const manifests = await readSchedules(root, undefined);
  const model = existing.find((name) => existsSync(path.join(root, 'knative/base', `${name}.yaml`)));
  if (model === undefined) throw new UsageError('new: expected a repository with tasks and knative/base, got neither');

  const timezone = commonZone(manifests);
  const free = findFreeSchedule(manifests, names.backend)?.expression;
  const asked = host.isInteractive
    ? await ask(host, 'schedule', ({ askSchedule }) => askSchedule(free ?? '', timezone), options.schedule)
    : options.schedule;
  const expression = asked ?? free;
  if (expression === undefined)
    throw new UsageError(`--schedule: expected one, every minute of ${names.backend} is taken`);
  const safeToRepeat =
    options.safeToRepeat ??
    (host.isInteractive ? await ask(host, 'safe-to-repeat', ({ askSafeToRepeat }) => askSafeToRepeat()) : true);

  const schedule = parseSchedule(expression, timezone);
  const budgetSeconds = readDuration('--budget', options.budget) / 1000;
  const files = new Map([
    ...writeCode(names, { safeToRepeat }),
    ...writeManifests(root, model, names, { schedule, budgetSeconds }),
  ]);
  refuseExisting(files, task, root);
  refuseFindings(files, task, existing, { manifests, now: host.now() });

  if (!options.dryRun) for (const [file, text] of files) await write(path.join(root, file), text);
  host.out(
    options.json
      ? `${JSON.stringify({ task, backend: names.backend, schedule: expression, files: [...files.keys()] })}\n`
      : tell(files, host),
  );
}

/** The answer given by option, else by a person. Throws UsageError where nobody can be asked. */
async function ask<Answer>(
  host: CliHost,
  option: string,
  question: (questions: typeof Questions) => Promise<Answer>,
  given?: Answer,
): Promise<Answer> {
  if (given !== undefined) return given;
  if (!host.isInteractive) throw new UsageError(`--${option}: expected a value (nobody can be asked here)`);
  return question(await import('./questions.ts'));
}

/** Kustomizations and Triggers are changed; everything else must be new. */
function refuseExisting(files: ReadonlyMap<string, string>, task: string, root: string): void {
  const own = [...files.keys()].filter((file) => file.includes(`/${task}`) || file.startsWith('protos/'));
  const taken = own.find((file) => existsSync(path.join(root, file)));
  if (taken !== undefined) throw new UsageError(`task: expected a new name, but ${taken} exists`);
}

/** What the lint of the manifests would say afterwards, before anything is written. */
function refuseFindings(
  files: ReadonlyMap<string, string>,
  task: string,
  existing: readonly string[],
  { manifests, now }: { manifests: readonly Manifest[]; now: Date },
): void {
  const file = `knative/base/${task}.yaml`;
  const own = parseManifests(files.get(file) ?? '', file);
  const others = manifests.filter(({ apiVersion }) => !apiVersion.startsWith('kustomize.config.k8s.io/'));
  const findings = [...own.findings, ...lint([...others, ...own.manifests], { tasks: [...existing, task], now })];
  const finding = findings.find((each) => each.file === file);
  if (finding !== undefined) throw new UsageError(`${finding.file}:${finding.line} ${finding.rule} ${finding.message}`);
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

function tell(files: ReadonlyMap<string, string>, { colors }: CliHost): string {
  const lines = [...files.keys()].map((file) => `  ${colors.out.green(file)}\n`);
  return `${lines.join('')}Next: make test; then say in task.ts and in the .proto what the task really asks for.\n`;
}
