import type { CliHost } from '../cli-host.ts';
import type { TaskNames } from './names.ts';

/** What `new` has done, or would do. */
export interface Done {
  readonly names: TaskNames;
  readonly made: readonly string[];
  readonly changed: readonly string[];
  /** No other task calls its backend: the configuration does not know it yet. */
  readonly isNewBackend: boolean;
  readonly isDryRun: boolean;
}

/** The files, and how to go on. */
export function tellNextSteps({ names, made, changed, isNewBackend, isDryRun }: Done, { colors }: CliHost): string {
  const { green, yellow, bold } = colors.out;
  const { task, backend, proto } = names;
  const files = [
    ...made.map((file) => `  ${green('new')}      ${file}\n`),
    ...changed.map((file) => `  ${yellow('changed')}  ${file}\n`),
  ].join('');
  if (isDryRun) return `${files}Nothing is written (--dry-run).\n`;
  const steps = [
    `${bold('make test')}: all green as it stands`,
    `${bold(`make run TASK=${task}`)}: one run on the embedded stack; ${bold('make dev')}, started anew, shows it in the console`,
    `say what it really asks for: protos/${proto}, functions/${task}/task.ts and its test`,
    ...(isNewBackend
      ? [
          `before it goes to a cluster, publish in Nacos (bi-cron.yaml): ${bold(`grpc: { ${backend}: { service: ${backend} } }`)}`,
        ]
      : []),
  ];
  return `${files}Next:\n${steps.map((step, index) => `  ${index + 1}. ${step}\n`).join('')}`;
}
