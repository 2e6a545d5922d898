import { readFileSync } from 'node:fs';
import path from 'node:path';
import { shortestPeriodSeconds, type Schedule } from '../../manifests/schedule.ts';
import type { TaskNames } from './names.ts';

/** What the manifests of a task say beyond its names. */
export interface ManifestChoices {
  /** In the zone of the other tasks. */
  readonly schedule: Schedule;
  readonly budgetSeconds: number;
}

const BASE = 'knative/base';
const CRON_JOB = 'knative/components/job/cron-job';
const TRIGGERS = 'knative/components/broker/triggers.yaml';
const COLD_START_SECONDS = 20;
const TRIES = 3; // backoffLimit 2
const WAITS_SECONDS = 10 + 20; // kubernetes, before the second and the third try

/**
 * The manifests of a task, made from those of `model`, which is in the repository: new files, and the lines that
 * kustomize, which knows no globs, and the Broker's Triggers need in existing ones. Path -> whole text.
 */
export function writeManifests(
  root: string,
  model: string,
  names: TaskNames,
  choices: ManifestChoices,
): ReadonlyMap<string, string> {
  const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  const { task, backend } = names;
  const { schedule, budgetSeconds } = choices;
  const timeoutSeconds = budgetSeconds + COLD_START_SECONDS;
  const deadlineSeconds = TRIES * timeoutSeconds + WAITS_SECONDS;
  const copy = (text: string): string => text.replaceAll(new RegExp(`(?<![\\w-])${model}(?![\\w-])`, 'g'), task);
  const adapt = (text: string): string =>
    copy(text)
      .replace(/^#.*\n/, `# Runs ${task}: ${schedule.expression} (${schedule.timezone}).\n`)
      .replaceAll(/^(\s*bi-cron\/backend: ).*$/gm, `$1${backend}`)
      .replaceAll(/^(\s*schedule: ).*$/gm, `$1'${schedule.expression}'`)
      .replaceAll(/^(\s*(?:timeoutSeconds|responseStartTimeoutSeconds): )\d+$/gm, `$1${timeoutSeconds}`)
      .replaceAll(/^(\s*activeDeadlineSeconds: )\d+$/gm, `$1${deadlineSeconds}`)
      .replaceAll(/^(\s*- name: RUN_BUDGET\n\s*value: ).*$/gm, `$1${budgetSeconds}s`);
  const period = shortestPeriodSeconds(schedule);
  return new Map([
    [`${BASE}/${task}.yaml`, adapt(read(`${BASE}/${model}.yaml`))],
    [
      `${BASE}/kustomization.yaml`,
      register(
        read(`${BASE}/kustomization.yaml`),
        task,
        [
          [budgetSeconds, 29],
          [timeoutSeconds, 17],
          [period, 18],
        ],
        `  ${backend}`,
      ),
    ],
    [`${CRON_JOB}/${task}.yaml`, adapt(read(`${CRON_JOB}/${model}.yaml`))],
    [
      `${CRON_JOB}/kustomization.yaml`,
      register(
        read(`${CRON_JOB}/kustomization.yaml`),
        task,
        [
          [budgetSeconds, 29],
          [deadlineSeconds, 25],
        ],
        '',
      ),
    ],
    [TRIGGERS, `${read(TRIGGERS).trimEnd()}\n---\n${copy(triggerOf(read(TRIGGERS), model))}`],
  ]);
}

function triggerOf(text: string, model: string): string {
  const found = text.split(/^---\n/m).find((part) => part.includes(`\n  name: ${model}\n`));
  if (found === undefined) throw new Error(`${TRIGGERS}: expected a Trigger ${model} to copy, got none`);
  return `${found.replaceAll(/^#.*\n/gm, '').trimEnd()}\n`;
}

type Column = readonly [seconds: number, width: number];

/** Adds the file to the resources, and the row that the comment's table has for each task (a test compares them). */
function register(text: string, task: string, columns: readonly Column[], rest: string): string {
  const cells = columns.map(([seconds, width], index) => {
    const cell = `${seconds} s`;
    return index === 0 ? cell.padStart(Math.max(width - task.length, cell.length + 1)) : cell.padStart(width);
  });
  const row = `#   ${task}${cells.join('')}${rest}\n`;
  const withRow = text.replace(/(?:^#\s+[a-z-]+(?: +\d+ s)+.*\n)+/m, (rows) => `${rows}${row}`);
  return withRow.replace(/^resources:\n((?: {2}- .*\n)+)/m, (_all, lines: string) => {
    const listed = [...lines.split('\n').filter(Boolean), `  - ${task}.yaml`].toSorted();
    return `resources:\n${listed.join('\n')}\n`;
  });
}
