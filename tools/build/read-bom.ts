import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Lock } from './production.ts';
import { toCycloneDx } from './sbom.ts';

const NPM = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--loglevel=error'];

/** The bill of materials of the repository in this folder, by its lock file alone: nothing need be installed. */
export function readBom(root: string): ReturnType<typeof toCycloneDx> {
  const npmBom = execFileSync('npm', NPM, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const read = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), 'utf8'));
  const { name } = read('package.json') as { name: string }; // our own
  return toCycloneDx(npmBom, read('package-lock.json') as Lock, name); // as npm writes it
}
