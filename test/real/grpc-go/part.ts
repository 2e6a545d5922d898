import path from 'node:path';
import { ROOT } from '../../../tools/project.ts';
import { startControlled, type Control } from '../control-port.ts';
import type { Part } from '../part.ts';
import { missingGo, run } from '../processes.ts';

/** A backend written in Go; it compiles the protos when it starts, so that the build needs no stubs. */
export const part: Part<Control> = {
  name: 'grpc-go',
  version: '1.85.0',
  missing: () => missingGo('1.26'),
  build: {
    recipe: ['go.mod', 'go.sum', 'main.go', 'backend.go', 'answer.go', 'services.go'],
    into: async (folder) => {
      await run('go', ['build', '-o', path.join(folder, 'grpc-go'), '.'], { cwd: import.meta.dirname });
    },
  },
  start: (built, tmp) => startControlled(path.join(built, 'grpc-go'), [path.join(ROOT, 'protos')], tmp),
};
