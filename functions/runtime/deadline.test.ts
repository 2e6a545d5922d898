import { expect, it } from 'vitest';
import { orAbort, startDeadline } from './deadline.ts';

const never = new Promise<never>(() => {});
const reason = new Error('gone');

it('gives what the promise gives', async () => {
  const { signal } = new AbortController();
  expect(await orAbort(Promise.resolve(1), signal)).toBe(1);
  await expect(orAbort(Promise.reject(reason), signal)).rejects.toBe(reason);
});

it('rejects with the reason of a signal that aborts first', async () => {
  const controller = new AbortController();
  const either = orAbort(never, controller.signal);
  controller.abort(reason);
  await expect(either).rejects.toBe(reason);
});

it('rejects with the reason of a signal that was aborted before', async () => {
  await expect(orAbort(never, AbortSignal.abort(reason))).rejects.toBe(reason);
});

it('handles a rejection that comes after the abort', async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  const either = orAbort(promise, AbortSignal.abort(reason));
  await expect(either).rejects.toBe(reason);
  reject(new Error('late')); // the test run fails when nobody handles it
  await new Promise((resolve) => setImmediate(resolve));
  await expect(promise).rejects.toThrow('late');
});

it('ends with its run what Nacos is still asked, and nothing else', () => {
  const deadline = startDeadline(10_000, new AbortController().signal, () => 0);
  deadline.stop();
  expect([deadline.nacos.signal.aborted, deadline.run.aborted]).toEqual([true, false]);
});
