import type { Part } from '../part.ts';

/** The image on `scratch`, entered as a container is: by mounts and a root of its own. Its build is the Dockerfile's. */
export const part: Part = {
  name: 'image',
  version: `scratch-node-${process.versions.node}`,
  missing: () => Promise.resolve(process.getuid?.() === 0 ? undefined : 'root: needed to enter a root file system'),
  start: () => Promise.resolve({ values: {}, stop: () => Promise.resolve() }),
};
