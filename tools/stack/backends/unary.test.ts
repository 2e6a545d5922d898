import { expect, test } from 'vitest';
import { RunMemory } from './unary.ts';

test('those who wait for a run that fails fail with it, and the next one works', async () => {
  const memory = new RunMemory<string>();
  const gate = Promise.withResolvers<string>();
  const first = memory.once('k', () => gate.promise);
  const second = memory.once('k', () => Promise.resolve('never asked'));
  gate.reject(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await expect(second).rejects.toThrow('no');
  expect(await memory.once('k', () => Promise.resolve('done'))).toEqual({ result: 'done', repeated: false });
  expect(await memory.once('k', () => Promise.resolve('again'))).toEqual({ result: 'done', repeated: true });
});
