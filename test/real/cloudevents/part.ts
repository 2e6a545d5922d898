import path from 'node:path';
import { startControlled, type Control } from '../control-port.ts';
import type { Part } from '../part.ts';
import { missingGo, run } from '../processes.ts';
import { installPackages, missingPython } from '../python.ts';

/** The libraries of Knative's senders and scheduler, and Python's for CloudEvents. */
export const part: Part<Control> = {
  name: 'cloudevents',
  version: '2.16.1',
  missing: async () => (await missingGo('1.24')) ?? missingPython(),
  build: {
    recipe: ['go.mod', 'go.sum', 'sender/main.go', 'ticks/main.go', 'requirements.txt'],
    into: async (folder) => {
      await run('go', ['build', '-o', folder + path.sep, './...'], { cwd: import.meta.dirname });
      await installPackages(path.join(import.meta.dirname, 'requirements.txt'), folder);
    },
  },
  start: (built, tmp) => startControlled(path.join(built, 'sender'), [], tmp),
};
