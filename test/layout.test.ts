import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../tools/project.ts';
import { readImportGraph } from './support/import-graph.ts';

const MOST_FILES = 300;
const FEWEST_LINES = 30;
/** Small files with one importer beside them that stay, and why. */
const SMALL: Readonly<Record<string, string>> = {
  'tools/cli/repository-command.ts': 'loaded behind the compile cache, which its importer turns on first',
  'vitest.config.ts': 'a configuration of its own',
};

const graph = readImportGraph(ROOT);
const code = [...graph.keys()].filter((file) => !file.endsWith('.test.ts') && !file.startsWith('test/'));

it('has no index.ts below functions/runtime, which the walk over functions/ would take for a task', () => {
  expect(code.filter((file) => /^functions\/runtime\/.*\bindex\.ts$/.test(file))).toEqual([]);
});

it(`has at most ${MOST_FILES} files of code`, () => {
  expect(code.length).toBeLessThanOrEqual(MOST_FILES);
});

it(`has no file below ${FEWEST_LINES} lines that only its neighbour imports: it stands below its caller`, () => {
  const small = code.filter((file) => {
    const importers = code.filter((other) => graph.get(other)?.includes(file));
    const isBeside = importers.length === 1 && path.dirname(importers[0] ?? '') === path.dirname(file);
    return isBeside && readFileSync(path.join(ROOT, file), 'utf8').split('\n').length <= FEWEST_LINES;
  });
  expect(small.filter((file) => !(file in SMALL))).toEqual([]);
});
