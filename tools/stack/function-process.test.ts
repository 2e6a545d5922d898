import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFunction } from './function-process.ts';

const APPLICATION = `
  const { createServer } = require('node:net');
  const pieces = ['{"n":1}\\n{"n"', ':2}\\nno JSON\\n', '{"word":"', 'M\\u00fcller"}\\n', '{"cut":'];
  createServer().listen(Number(process.env.PORT), () => write(Buffer.from(pieces.join(''))));
  function write(rest) {
    if (rest.length > 0) return process.stdout.write(rest.subarray(0, 1), () => setImmediate(write, rest.subarray(1)));
    process.stderr.write('{"n":3}\\n', () => process.kill(process.pid, 'SIGKILL'));
  }`;

let appDir: string;
beforeAll(() => {
  appDir = mkdtempSync(path.join(tmpdir(), 'function-process-'));
  writeFileSync(path.join(appDir, 'main.cjs'), APPLICATION);
});
afterAll(() => rmSync(appDir, { recursive: true }));

it('reports each whole JSON line once, however it comes in, and all of them before it says that the process ended', async () => {
  const lines: Record<string, unknown>[] = [];
  const fn = await startFunction({ task: 't', appDir, env: {}, onLine: (line) => lines.push(line) });
  expect(await fn.ended).toBe('SIGKILL');
  expect(lines).toEqual([{ n: 1 }, { n: 2 }, { word: 'Müller' }, { n: 3 }]);
  expect(fn.output()).toContain('no JSON\n');
});
