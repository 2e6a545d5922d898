import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The names of the folders below `functions/` that register a function (`index.ts`), sorted; undefined when there is no such directory. */
export async function listTaskFolders(functionsDirectory: string): Promise<string[] | undefined> {
  const entries = await readdir(functionsDirectory, { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (entries === undefined) return undefined;
  const names: string[] = [];
  for (const entry of entries) {
    const isTask = await access(join(functionsDirectory, entry.name, 'index.ts')).then(
      () => true,
      () => false,
    );
    if (isTask) names.push(entry.name);
  }
  return names.sort();
}
