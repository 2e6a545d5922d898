import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Manifest } from '../manifests/manifest.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { UsageError } from './exit-code.ts';

/**
 * The manifests of `knative/base`, or of another folder. Undefined without either, as in the image: what the cluster has may
 * have been changed since the image was built. Throws UsageError.
 */
export async function readSchedules(
  root: string,
  folder: string | undefined,
): Promise<readonly Manifest[] | undefined> {
  const directory = folder ?? path.join(root, 'knative/base');
  if (!existsSync(directory)) {
    if (folder !== undefined)
      throw new UsageError(`--manifests: expected a file or folder, got ${JSON.stringify(folder)}`);
    return undefined;
  }
  const { manifests, findings } = await readManifests([directory], noInput());
  const [problem] = findings;
  if (problem !== undefined) throw new UsageError(`${problem.file}:${problem.line} ${problem.message}`);
  return manifests;
}

// oxlint-disable-next-line require-yield -- an empty input is what it stands for
async function* noInput(): AsyncGenerator<string> {}
