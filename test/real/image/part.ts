import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Part } from '../part.ts';
import { run } from '../processes.ts';

/** A root file system as the image's base has it: Debian, and the Node that package.json pins. */
export const part: Part = {
  name: 'image',
  version: `bookworm-node-${process.versions.node}`,
  missing: async () => {
    if (process.getuid?.() !== 0) return 'root: needed to make and enter a root file system';
    const found = await run('debootstrap', ['--version']).catch(() => undefined);
    return found === undefined ? 'debootstrap: not installed' : undefined;
  },
  build: {
    recipe: ['part.ts'],
    into: async (folder) => {
      const root = path.join(folder, 'root');
      await run('debootstrap', ['--variant=minbase', '--include=ca-certificates', 'bookworm', root]);
      for (const cache of ['var/cache/apt', 'var/lib/apt/lists']) rmSync(path.join(root, cache), { recursive: true });
      cpSync(process.execPath, path.join(root, 'usr/local/bin/node'));
      mkdirSync(path.join(root, 'app')); // what the image's own layers hold is mounted here
      writeFileSync(path.join(root, 'usr/local/bin/bi-cron'), '');
    },
  },
  start: () => Promise.resolve({ values: {}, stop: () => Promise.resolve() }),
};
