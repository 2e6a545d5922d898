import path from 'node:path';
import { run } from './processes.ts';

/** Why packages of PyPI cannot be had here. */
export async function missingPython(): Promise<string | undefined> {
  const answer = await run('python3', ['-m', 'pip', '--version']).catch(() => '');
  return /\(python 3\.(?:1\d|9)\)/.test(answer) ? undefined : 'python3: 3.9 or later with pip is needed';
}

/** Installs what a part's `requirements.txt` lists below `folder`, which may move afterwards; `fromSource`: packages that have no wheel, too. */
export async function installPackages(requirements: string, folder: string, fromSource = false): Promise<void> {
  const wheels = fromSource ? '--prefer-binary' : '--only-binary=:all:';
  const options = ['--quiet', '--no-cache-dir', '--disable-pip-version-check', '--no-deps', wheels];
  await run('python3', ['-m', 'pip', 'install', ...options, '--target', packagesIn(folder), '-r', requirements]);
}

/** Makes Python find what `installPackages` installed. */
export const pythonEnv = (folder: string): Record<string, string> => ({
  PYTHONPATH: packagesIn(folder),
  PYTHONDONTWRITEBYTECODE: '1', // a kept build stays as it is
  PYTHONUNBUFFERED: '1',
});

const packagesIn = (folder: string): string => path.join(folder, 'packages');
