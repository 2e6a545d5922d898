import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { listTasks, ROOT } from '../project.ts';
import { byPlace, lint, RULES } from './lint.ts';
import type { Finding } from './manifest.ts';
import { readManifests } from './read-manifests.ts';

import { loadTickReaders } from './tick-reader.ts';

/** What the command needs of its process. */
export interface CommandHost {
  readonly stdin: AsyncIterable<unknown>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly now: Date;
}

/** Runs the lint with command-line arguments. Resolves to the exit code: 0 clean, 1 findings, 2 not run. */
export async function lintCommand(argv: readonly string[], host: CommandHost): Promise<number> {
  const command = new Command('lint-knative')
    .description('Checks Knative manifests against what Knative and the functions do.')
    .argument('[files...]', 'files, directories (not recursive), or - for standard input', [join(ROOT, 'knative/base')])
    .option('--rules', 'print every rule with its number and reason, and check nothing')
    .exitOverride()
    .configureOutput({ writeOut: host.out, writeErr: host.err });
  try {
    command.parse(argv, { from: 'user' });
    if (command.getOptionValue('rules') === true) {
      for (const { id, title, reason } of RULES) host.out(`${id} ${title}\n  otherwise: ${reason}\n`);
      return 0;
    }
    const files = command.processedArgs.flat().map(String);
    const { manifests, findings } = await readManifests(files, host.stdin);
    const context = { tasks: listTasks(), readers: await loadTickReaders(), now: host.now };
    const all = [...findings, ...lint(manifests, context)].sort(byPlace);
    for (const finding of all) host.out(`${format(finding)}\n`);
    host.out(`${manifests.length} objects, ${RULES.length} rules, ${all.length} findings\n`);
    if (manifests.length === 0) throw new Error('expected at least one manifest, got none');
    return all.length === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    host.err(`lint-knative: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

function format({ rule, file, line, path, message }: Finding): string {
  const reason = RULES.find(({ id }) => id === rule)?.reason ?? '';
  return `${file}:${line} ${rule} ${path}\n  ${message}\n  why: ${reason}`;
}

if (import.meta.main) {
  process.exitCode = await lintCommand(process.argv.slice(2), {
    stdin: process.stdin,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    now: new Date(),
  });
}
