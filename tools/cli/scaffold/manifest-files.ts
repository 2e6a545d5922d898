import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { shortestPeriodSeconds, type Schedule } from '../../manifests/schedule.ts';
import type { TaskNames } from './names.ts';

/** What the manifests of a task say beyond its names. */
export interface ManifestChoices {
  /** In the zone of the other tasks. */
  readonly schedule: Schedule;
  readonly budgetSeconds: number;
}

/** Path below the repository's folder -> whole text. */
export interface ManifestFiles {
  readonly made: ReadonlyMap<string, string>;
  /** Existing files with the lines that kustomize, which knows no globs, and the Broker need. */
  readonly changed: ReadonlyMap<string, string>;
}

export const BASE = 'knative/base';
export const CRON_JOB = 'knative/components/job/cron-job';
const TRIGGERS = 'knative/components/broker/triggers.yaml';
const COLD_START_SECONDS = 20;
const SHORTEST_TIMEOUT_SECONDS = 60;
const TRIES = 3; // backoffLimit 2
const WAITS_SECONDS = 10 + 20; // kubernetes, before the second and the third try

/** The manifests of a task, made from those of `model`, a task with a manifest in `knative/base`; of components those that there are. */
export function writeManifests(root: string, model: string, names: TaskNames, choices: ManifestChoices): ManifestFiles {
  const { task, backend } = names;
  const { schedule, budgetSeconds } = choices;
  const startedSeconds = budgetSeconds + COLD_START_SECONDS;
  const timeoutSeconds = Math.max(startedSeconds, SHORTEST_TIMEOUT_SECONDS);
  const deadlineSeconds = TRIES * startedSeconds + WAITS_SECONDS;
  const copy = (text: string): string => text.replaceAll(new RegExp(`(?<![\\w-])${model}(?![\\w-])`, 'g'), task);
  const adapt = (text: string): string =>
    copy(text)
      .replace(/^#.*\n/, `# Runs ${task}: ${schedule.expression} (${schedule.timezone}).\n`)
      .replaceAll(/^(\s*bi-cron\/backend: ).*$/gm, `$1${backend}`)
      .replaceAll(/^(\s*schedule: ).*$/gm, `$1'${schedule.expression}'`)
      .replaceAll(/^(\s*(?:timeoutSeconds|responseStartTimeoutSeconds): )\d+$/gm, `$1${timeoutSeconds}`)
      .replaceAll(/^(\s*activeDeadlineSeconds: )\d+$/gm, `$1${deadlineSeconds}`)
      .replaceAll(/^(\s*- name: RUN_BUDGET\n\s*value: ).*$/gm, `$1${budgetSeconds}s`);
  const made = new Map<string, string>();
  const changed = new Map<string, string>();
  const add = (folder: string, columns: readonly Column[], rest = ''): void => {
    const [of, list] = [`${folder}/${model}.yaml`, `${folder}/kustomization.yaml`];
    if (!existsSync(path.join(root, of))) return;
    made.set(`${folder}/${task}.yaml`, adapt(readText(root, of)));
    changed.set(list, register(readText(root, list), task, columns, rest));
  };
  const budget: Column = [budgetSeconds, 29];
  add(BASE, [budget, [timeoutSeconds, 17], [shortestPeriodSeconds(schedule), 18]], `  ${backend}`);
  add(CRON_JOB, [budget, [deadlineSeconds, 25]]);
  const triggers = existsSync(path.join(root, TRIGGERS)) ? readText(root, TRIGGERS) : '';
  const trigger = triggerOf(triggers, model);
  if (trigger !== undefined) changed.set(TRIGGERS, `${triggers.trimEnd()}\n---\n${copy(trigger)}`);
  return { made, changed };
}

function readText(root: string, file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

function triggerOf(text: string, model: string): string | undefined {
  const found = text.split(/^---\n/m).find((part) => part.includes(`\n  name: ${model}\n`));
  return found && `${found.replaceAll(/^#.*\n/gm, '').trimEnd()}\n`;
}

type Column = readonly [seconds: number, width: number];

/** Adds the file to the resources, and the row that the comment's table has for each task (a test compares them). */
function register(text: string, task: string, columns: readonly Column[], rest: string): string {
  const cells = columns.map(([seconds, width], index) => {
    const cell = `${seconds} s`;
    return index === 0 ? cell.padStart(Math.max(width - task.length, cell.length + 1)) : cell.padStart(width);
  });
  const row = `#   ${task}${cells.join('')}${rest}\n`;
  const withRow = text.replace(/(?:^#\s+[a-z0-9-]+(?: +\d+ s)+.*\n)+/m, (rows) => `${rows}${row}`);
  return withRow.replace(/^resources:\n((?: {2}- .*\n)+)/m, (_all, lines: string) => {
    const listed = [...lines.split('\n').filter(Boolean), `  - ${task}.yaml`].toSorted();
    return `resources:\n${listed.join('\n')}\n`;
  });
}
