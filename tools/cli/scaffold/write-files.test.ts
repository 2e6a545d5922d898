import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../exit-code.ts';
import { writeFiles } from './write-files.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'bi-cron-write-'));
  writeFileSync(path.join(root, 'list.yaml'), 'before');
});
afterEach(() => rmSync(root, { recursive: true }));

it('writes new files, with their folders, and changed ones', async () => {
  await writeFiles(root, new Map(Object.entries({ 'a/b/task.ts': 'code', 'list.yaml': 'after' })));
  expect(readFileSync(path.join(root, 'a/b/task.ts'), 'utf8')).toBe('code');
  expect(readFileSync(path.join(root, 'list.yaml'), 'utf8')).toBe('after');
});

it('leaves everything as it was when one cannot be written', async () => {
  const files = { 'a/b/task.ts': 'code', 'list.yaml': 'after', 'list.yaml/task.yaml': 'no folder' };
  await expect(writeFiles(root, new Map(Object.entries(files)))).rejects.toMatchObject({
    exitCode: EXIT.unavailable,
    message: 'list.yaml/task.yaml: expected to be able to write it, got ENOTDIR; nothing is changed',
  });
  expect(readdirSync(root)).toEqual(['list.yaml']);
  expect(readFileSync(path.join(root, 'list.yaml'), 'utf8')).toBe('before');
  expect(existsSync(path.join(root, 'a'))).toBe(false);
});
