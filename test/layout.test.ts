import { expect, it } from 'vitest';
import { ROOT } from '../tools/project.ts';
import { readImportGraph } from './support/import-graph.ts';

it('has no index.ts below functions/runtime, which the walk over functions/ would take for a task', () => {
  const files = [...readImportGraph(ROOT).keys()];
  expect(files).toContain('functions/runtime/run.ts');
  expect(files.filter((file) => /^functions\/runtime\/.*\bindex\.ts$/.test(file))).toEqual([]);
});
