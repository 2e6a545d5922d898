import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../tools/project.ts';
import { importsOf, readImportGraph, type ImportGraph } from './support/import-graph.ts';

/**
 * Who may import whom, room by room; a room may always import itself. Tests are held to one rule only: nobody imports a task.
 * A room's row names what it is made of, so that an arrow that is not here is a decision, not an accident.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  task: ['runtime', 'runtime/grpc', 'protos/gen'],
  runtime: ['runtime/*', 'protos/gen'],
  'runtime/event': ['runtime'],
  'runtime/host': ['runtime'],
  'runtime/config': ['runtime', 'runtime/nacos'],
  'runtime/nacos': ['runtime', 'runtime/outbound'],
  'runtime/grpc': ['runtime', 'runtime/config', 'runtime/outbound'],
  'runtime/auth': ['runtime', 'runtime/outbound'],
  'runtime/outbound': ['runtime'],
  'tools/project': ['runtime'],
  'tools/stack': ['runtime', 'protos/gen', 'tools/project'],
  'tools/manifests': ['runtime', 'runtime/*', 'tools/project', 'tools/stack'],
  'tools/build': ['tools/project', 'tools/stack'],
  'tools/events': ['runtime', 'runtime/*', 'tools/project', 'tools/stack', 'tools/manifests'],
  'tools/backfill': ['runtime', 'runtime/*', 'tools/project', 'tools/stack', 'tools/events'],
  'tools/cli': ['runtime', 'runtime/*', 'tools/project', 'tools/manifests', 'tools/events', 'tools/backfill'],
  'tools/dev': [
    'runtime',
    'runtime/*',
    'tools/project',
    'tools/stack',
    'tools/manifests',
    'tools/build',
    'tools/events',
    'tools/backfill',
  ],
  'make dev': ['runtime', 'tools/dev', 'tools/console', 'tools/stack'],
  'tools/console': [
    'runtime',
    'runtime/*',
    'tools/project',
    'tools/stack',
    'tools/manifests',
    'tools/events',
    'tools/backfill',
    'tools/cli', // shows a configuration as the command line explains it
    'tools/dev',
  ],
  'tools/bench': ['runtime/event', 'tools/project', 'tools/stack', 'tools/build'],
  knative: [],
  '.ci': [],
};

/** What production code may load, by package.json. */
const { dependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};

function roomOf(file: string): string {
  const [top = '', second = '', third] = file.split('/');
  if (file === 'tools/table.ts') return 'tools/project'; // used by several rooms, knows none
  if (file === 'tools/dev/dev-command.ts') return 'make dev'; // joins two rooms of which one imports the other
  if (file.startsWith('protos/gen/')) return 'protos/gen';
  if (top === 'functions') return second !== 'runtime' ? 'task' : isFile(third) ? 'runtime' : `runtime/${third}`;
  if (top === 'tools') return isFile(second) ? 'tools/project' : `tools/${second}`;
  return top;
}

const isFile = (step: string | undefined): boolean => step === undefined || step.includes('.');
const isFree = (file: string): boolean => file.endsWith('.test.ts') || file.startsWith('test/');

/** Every import that the rules refuse, as a sentence. */
function findViolations(graph: ImportGraph): string[] {
  return [...graph].flatMap(([file, imports]) =>
    imports.flatMap((target) => {
      const reason = refuse(file, target);
      return reason === undefined ? [] : [`${file} imports ${target}: ${reason}`];
    }),
  );
}

function refuse(file: string, target: string): string | undefined {
  if (target.startsWith('npm:')) return refusePackage(file, target.slice('npm:'.length));
  const [from, to] = [roomOf(file), roomOf(target)];
  if (to === 'task' && path.dirname(file) !== path.dirname(target))
    return 'nobody imports a task by name: walk the folder functions/ (a fifth task must need no edit)';
  if (from === to || isFree(file)) return undefined;
  const allowed = MAY_IMPORT[from] ?? [];
  const isAllowed = allowed.includes(to) || (to.startsWith('runtime/') && allowed.includes('runtime/*'));
  return isAllowed ? undefined : `${from} may import ${allowed.join(', ') || 'nothing of ours'}`;
}

function refusePackage(file: string, specifier: string): string | undefined {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? '';
  const isProduction = file.startsWith('functions/') && !isFree(file);
  return !isProduction || specifier.startsWith('node:') || name in dependencies
    ? undefined
    : 'production code loads production packages only';
}

/** Each circle once, as the nodes in their order. */
function findCircles(arrows: ReadonlyMap<string, Iterable<string>>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const visit = (node: string, above: readonly string[]): void => {
    const at = above.indexOf(node);
    if (at !== -1) circles.push(above.slice(at));
    if (at !== -1 || done.has(node)) return;
    for (const next of arrows.get(node) ?? []) visit(next, [...above, node]);
    done.add(node);
  };
  for (const node of arrows.keys()) visit(node, []);
  return circles;
}

/** The arrows between rooms; the runtime's folders and the flows above them are one room here. */
function toRooms(graph: ImportGraph): Map<string, Set<string>> {
  const roomAbove = (file: string): string => roomOf(file).replace(/^runtime\/.*/, 'runtime');
  const arrows = new Map<string, Set<string>>();
  for (const [file, imports] of graph) {
    if (isFree(file)) continue;
    const from = roomAbove(file);
    const to = imports.filter((target) => !target.startsWith('npm:')).map(roomAbove);
    arrows.set(from, new Set([...(arrows.get(from) ?? []), ...to.filter((room) => room !== from)]));
  }
  return arrows;
}

const graph = readImportGraph(ROOT);

describe('the imports of this repository', () => {
  it('follow the arrows of the matrix', () => {
    expect(graph.size).toBeGreaterThan(300);
    expect(findViolations(graph)).toEqual([]);
  });

  it('make no circle of files, types included', () => {
    expect(findCircles(graph)).toEqual([]);
  });

  it('make no circle of rooms', () => {
    expect(findCircles(toRooms(graph))).toEqual([]);
  });
});

describe('the checker', () => {
  const check = (file: string, specifier: string): string[] =>
    findViolations(new Map([[file, importsOf(file, `import { value } from '${specifier}';\n`)]]));

  it.each([
    ['functions/full-order/task.ts', '../increment-order/task.ts', 'nobody imports a task'],
    ['functions/full-order/task.test.ts', '../increment-order/task.ts', 'nobody imports a task'],
    ['functions/full-order/task.ts', '../../tools/project.ts', 'task may import runtime'],
    ['functions/full-order/task.ts', '../runtime/nacos/client.ts', 'task may import runtime'],
    ['functions/runtime/run.ts', '../full-order/task.ts', 'nobody imports a task'],
    ['functions/runtime/grpc/call.ts', '../../full-order/task.ts', 'nobody imports a task'],
    ['functions/runtime/run.ts', '../../tools/project.ts', 'runtime may import'],
    ['functions/runtime/run.ts', '../../test/support/http.ts', 'runtime may import'],
    ['functions/runtime/grpc/deep/er.ts', '../../../../tools/project.ts', 'runtime/grpc may import'],
    ['functions/runtime/nacos/client.ts', '../grpc/call.ts', 'runtime/nacos may import'],
    ['functions/runtime/run.ts', 'nacos', 'production packages only'],
    ['functions/runtime/grpc/call.ts', '@grpc/proto-loader', 'production packages only'],
    ['functions/full-order/task.ts', 'kubernetes-models/v1', 'production packages only'],
    ['tools/cli/run.ts', '../../functions/full-order/task.ts', 'nobody imports a task'],
    ['tools/stack/stack.ts', '../cli/run.ts', 'tools/stack may import'],
    ['tools/stack/deep/er/stack.ts', '../../../../test/support/http.ts', 'tools/stack may import'],
    ['tools/unknown-room/a.ts', '../project.ts', 'tools/unknown-room may import nothing of ours'],
    ['test/some.test.ts', '../functions/full-order/task.ts', 'nobody imports a task'],
  ])('refuses that %s imports %s', (file, specifier, message) => {
    expect(check(file, specifier)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['functions/full-order/index.ts', './task.ts'],
    ['functions/full-order/task.ts', '../runtime/task.ts'],
    ['functions/full-order/task.ts', '../../protos/gen/bi/cron/v1/Window.ts'],
    ['functions/runtime/grpc/call.ts', '../run-error.ts'],
    ['functions/runtime/run.ts', 'node:http'],
    ['functions/runtime/run.ts', '@grpc/grpc-js'],
    ['functions/runtime/run.test.ts', '../../tools/stack/stack.ts'],
    ['tools/cli/run.ts', '../../functions/runtime/run.ts'],
  ])('lets %s import %s', (file, specifier) => {
    expect(check(file, specifier)).toEqual([]);
  });

  it('sees every form of an import', () => {
    const forms = [
      `import a from './a.ts';`,
      `import type { B } from './b.ts';`,
      `import {\n  one,\n  two,\n} from './c.ts';`,
      `export { d } from './d.ts';`,
      `import './e.ts';`,
      `const f = await import('./f.ts');`,
      `const g = require('./g.cjs');`,
    ];
    expect(importsOf('x/y.ts', forms.join('\n'))).toEqual(
      ['a.ts', 'b.ts', 'c.ts', 'd.ts', 'e.ts', 'f.ts', 'g.cjs'].map((name) => `x/${name}`),
    );
  });

  it('sees a circle of files, and of rooms', () => {
    const circle = new Map([
      ['tools/build/a.ts', ['tools/build/b.ts', 'tools/stack/c.ts']],
      ['tools/build/b.ts', ['tools/build/a.ts']],
      ['tools/stack/c.ts', ['tools/build/d.ts']],
    ]);
    expect(findCircles(circle)).toEqual([['tools/build/a.ts', 'tools/build/b.ts']]);
    expect(findCircles(toRooms(circle))).toEqual([['tools/build', 'tools/stack']]);
  });
});
