import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listTaskFolders } from './task-folders.ts';

describe('listTaskFolders', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bi-cron-functions-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('lists the folders that register a function, not the runtime', async () => {
    for (const file of ['refund-sync/index.ts', 'a-task/index.ts', 'runtime/task.ts']) {
      await mkdir(join(directory, file, '..'), { recursive: true });
      await writeFile(join(directory, file), '');
    }
    expect(await listTaskFolders(directory)).toEqual(['a-task', 'refund-sync']);
  });

  it('is undefined without such a directory', async () => {
    expect(await listTaskFolders(join(directory, 'none'))).toBeUndefined();
  });
});
