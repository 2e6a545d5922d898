import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { waitUntil } from '../../test/support/wait-until.ts';
import { createLineWriter } from './line-writer.ts';

/** A writer whose lines wait until the test lets one out. */
function open() {
  const begun: string[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const writer = createLineWriter(1, () => (line, done) => {
    begun.push(line);
    ends.push(done);
  });
  return { writer, begun, end: (error?: Error) => ends.shift()?.(error) };
}

const lineOf = (n: number, size = 0): string => `${JSON.stringify({ n, text: 'x'.repeat(size) })}\n`;

it('one line is written at a time, in order', () => {
  const { writer, begun, end } = open();
  for (const n of [1, 2, 3]) writer.write(lineOf(n));
  expect(begun).toEqual([lineOf(1)]);
  end();
  expect(begun).toEqual([lineOf(1), lineOf(2)]);
  end();
  end();
  expect(begun).toEqual([lineOf(1), lineOf(2), lineOf(3)]);
});

it('what waits is bounded; dropped lines are counted and told once, in the next line', () => {
  const { writer, begun, end } = open();
  for (let n = 0; n < 120; n += 1) writer.write(lineOf(n, 10_000));
  for (let n = 0; n < 200; n += 1) end();
  expect(begun.length).toBeLessThan(120);
  const told = begun.map((line) => (JSON.parse(line) as { droppedLines?: number }).droppedLines);
  expect(told.filter((count) => count !== undefined)).toEqual([120 - begun.length]);
  writer.write(lineOf(7));
  expect(begun.at(-1)).toBe(lineOf(7));
});

it('a line that cannot be written counts as dropped, with those that it told of', () => {
  const { writer, begun, end } = open();
  for (const n of [1, 2, 3, 4]) writer.write(lineOf(n));
  end(new Error('ENOSPC'));
  end(new Error('ENOSPC'));
  end();
  end();
  const told = begun.map((line) => (JSON.parse(line) as { droppedLines?: number }).droppedLines);
  expect(told).toEqual([undefined, 1, 2, undefined]);
});

it('flush ends with the last line, and at once when there is none', async () => {
  const { writer, end } = open();
  await writer.flush?.();
  writer.write(lineOf(1));
  const flushed = writer.flush?.();
  expect(await Promise.race([flushed, Promise.resolve('still waiting')])).toBe('still waiting');
  end();
  await expect(flushed).resolves.toBeUndefined();
});

it('flush waits only so long', async () => {
  const { writer } = open();
  writer.write(lineOf(1));
  await expect(writer.flush?.()).resolves.toBeUndefined();
});

/** A process that writes so many lines of 1 KB, flushes, and exits. */
function start(stdout: 'pipe' | number, lines: number) {
  const file = JSON.stringify(new URL('line-writer.ts', `file://${import.meta.dirname}${path.sep}`).href);
  const script = `
    const { createLineWriter } = await import(${file});
    const writer = createLineWriter(1);
    process.on('SIGTERM', async () => { await writer.flush(); process.stderr.write('flushed'); process.exit(0); });
    for (let n = 0; n < ${lines}; n += 1) writer.write(JSON.stringify({ n, text: 'x'.repeat(1000) }) + '\\n');
    process.stderr.write('written');
    setInterval(() => {}, 1000);`;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', stdout, 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return { child, stderr: () => stderr };
}

it('a reader who reads nothing costs lines, and neither the process nor its end', async () => {
  const { child, stderr } = start('pipe', 5000);
  await waitUntil(() => expect(stderr()).toBe('written'));
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(stderr()).toBe('writtenflushed');
});

it('a reader who reads gets whole lines, in order', async () => {
  const { child, stderr } = start('pipe', 300);
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await waitUntil(() => expect(stderr()).toBe('written'));
  child.kill('SIGTERM');
  await once(child, 'close');
  const numbers = text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { n: number }).n);
  expect(numbers).toEqual(Array.from({ length: 300 }, (_, n) => n));
});

it('a reader who has gone costs lines only', async () => {
  const { child, stderr } = start('pipe', 300);
  child.stdout?.destroy();
  await waitUntil(() => expect(stderr()).toBe('written'));
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('a device that is full costs lines only', async () => {
  const { child, stderr } = start(openSync('/dev/full', 'w'), 10);
  await waitUntil(() => expect(stderr()).toBe('written'));
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
