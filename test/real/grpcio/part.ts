import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../../tools/project.ts';
import { startControlled, type Control } from '../control-port.ts';
import type { Part } from '../part.ts';
import { run } from '../processes.ts';
import { installPackages, missingPython, pythonEnv } from '../python.ts';

const PROTOS = path.join(ROOT, 'protos');
const protoFiles = readdirSync(PROTOS, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.proto'))
  .toSorted();

/** A backend written in Python, with stubs that the build makes. */
export const part: Part<Control> = {
  name: 'grpcio',
  version: '1.85.1',
  missing: missingPython,
  build: {
    recipe: ['requirements.txt', ...protoFiles.map((file) => path.join('../../../protos', file))],
    into: async (folder) => {
      await installPackages(path.join(import.meta.dirname, 'requirements.txt'), folder);
      const stubs = path.join(folder, 'stubs');
      mkdirSync(stubs);
      const options = ['-I', PROTOS, '--python_out', stubs];
      await run('python3', ['-m', 'grpc_tools.protoc', ...options, ...protoFiles], { env: pythonEnv(folder) });
    },
  },
  start: (built, tmp) => {
    const program = path.join(import.meta.dirname, 'server.py');
    return startControlled('python3', [program, path.join(built, 'stubs')], tmp, pythonEnv(built));
  },
};
