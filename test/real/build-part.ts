import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Part } from './part.ts';

/** Where builds are kept between checkouts: BI_CRON_PARTS_CACHE, else below the user's cache. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const own = env['BI_CRON_PARTS_CACHE'];
  return own ? path.resolve(own) : path.join(env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'bi-cron-parts');
}

/** Where a part's build is or will be: `<name>-<version>-<hash of the recipe and of the platform>`. */
export function builtFolder(part: Part, folder: string, cache = cacheFolder()): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of part.build?.recipe ?? []) hash.update(`\0${file}\0`).update(readFileSync(path.join(folder, file)));
  return path.join(cache, `${part.name}-${part.version}-${hash.digest('hex').slice(0, 12)}`);
}

/**
 * Builds a part unless its build is kept. A build that fails or is interrupted leaves nothing that could be taken for one.
 * Resolves to the folder and whether anything was built.
 */
export async function buildPart(part: Part, folder: string): Promise<{ built: string; isNew: boolean }> {
  const built = builtFolder(part, folder);
  if (part.build === undefined || existsSync(built)) return { built, isNew: false };
  mkdirSync(path.dirname(built), { recursive: true });
  const unfinished = mkdtempSync(`${built}.unfinished-`);
  try {
    await part.build.into(unfinished);
    try {
      renameSync(unfinished, built);
    } catch (error) {
      if (!existsSync(built)) throw error; // else another run was first, with the same
    }
    return { built, isNew: true };
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
