import { build, type Metafile } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { listTasks, ROOT } from '../../../tools/project.ts';

/** What costs a start milliseconds, and a port can be opened without: loaded behind `listen()`. */
const LATER = ['js-yaml', 'yaml', '@grpc/grpc-js', 'protobufjs', 'long', 'jose', 'pino'];

const MAIN = 'functions/runtime/host/main.ts';
const TASKS = listTasks().map((task) => `functions/${task}/index.ts`);

let metafile: Metafile;
beforeAll(async () => {
  ({ metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [MAIN, ...TASKS],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    splitting: true,
    outdir: 'none',
    write: false,
    metafile: true,
  }));
});

/** The files and packages that are evaluated when these files are imported, by static imports alone. */
function staticClosure(entries: readonly string[]): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const { path, kind, external = false } of metafile.inputs[file]?.imports ?? []) {
      if (kind === 'dynamic-import') continue;
      if (!external) visit(path);
      else if (!path.startsWith('node:')) packages.add(/^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path);
    }
  };
  entries.forEach(visit);
  return { files, packages };
}

it('the walk follows static imports, and stops at import()', () => {
  const { files, packages } = staticClosure([MAIN, ...TASKS]);
  expect([...files]).toEqual(expect.arrayContaining(['functions/runtime/host/host.ts', 'functions/runtime/handle.ts']));
  expect([...files]).not.toContain('functions/runtime/engine.ts');
  expect([...packages]).toContain('@google-cloud/functions-framework'); // an empty registry in the bundle
  expect([...staticClosure(['functions/runtime/engine.ts']).packages]).toContain('@grpc/grpc-js');
});

it.each(LATER)('%s is not loaded before the port is open', (name) => {
  expect([...staticClosure([MAIN, ...TASKS]).packages]).not.toContain(name);
});
