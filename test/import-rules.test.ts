import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../tools/project.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'import-rules-'));
  cpSync(path.join(ROOT, '.oxlintrc.json'), path.join(root, '.oxlintrc.json'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The linter's findings on one file with one import. */
function lint(file: string, imported: string): string {
  const target = path.join(root, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, `import { value } from '${imported}';\n\nexport const other = value;\n`);
  const { stdout } = spawnSync(path.join(ROOT, 'node_modules/.bin/oxlint'), [file], { cwd: root, encoding: 'utf8' });
  return stdout;
}

it.each([
  ['functions/full-order/task.ts', '../increment-order/task.ts', 'A task imports functions/runtime'],
  ['functions/full-order/task.ts', '../../tools/project.ts', 'A task imports functions/runtime'],
  ['functions/runtime/run.ts', '../full-order/task.ts', 'runtime/ knows no task'],
  ['functions/runtime/grpc/call.ts', '../../full-order/task.ts', 'runtime/ knows no task'],
  ['functions/runtime/run.ts', '../../tools/project.ts', 'runtime/ knows no task'],
  ['functions/runtime/run.ts', 'nacos', 'runtime/ knows no task'],
  ['tools/cli/run.ts', '../../functions/full-order/task.ts', 'Nobody imports a task by name'],
  ['test/some.test.ts', '../functions/full-order/task.ts', 'Nobody imports a task by name'],
])('the linter refuses that %s imports %s', (file, imported, message) => {
  expect(lint(file, imported)).toContain(message);
});

it.each([
  ['functions/full-order/task.ts', '../runtime/task.ts'],
  ['functions/full-order/task.ts', '../../protos/gen/bi/cron/v1/Window.ts'],
  ['functions/runtime/grpc/call.ts', '../run-error.ts'],
  ['tools/cli/run.ts', '../../functions/runtime/run.ts'],
])('the linter lets %s import %s', (file, imported) => {
  expect(lint(file, imported)).toContain('Found 0 warnings and 0 errors');
});
