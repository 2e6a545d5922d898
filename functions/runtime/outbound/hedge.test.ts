import { describe, expect, it, vi } from 'vitest';
import { hedge, type StartAttempt } from './hedge.ts';

/** An attempt that a test settles by hand. */
function attemptByHand() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const attempt = vi.fn<StartAttempt<string>>((signal) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
    return promise;
  });
  return { attempt, resolve, reject, signal: () => attempt.mock.calls[0]?.[0] };
}

const startHedge = (count: number) => {
  const hands = Array.from({ length: count }, attemptByHand);
  return {
    hands,
    attempts: hands.map(({ attempt }) => attempt),
    started: () => hands.map(({ attempt }) => attempt.mock.calls.length),
  };
};

const given = () => new AbortController();
const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('a hedge', () => {
  it('starts one attempt when the first answers', async () => {
    const { hands, attempts, started } = startHedge(2);
    const answer = hedge(attempts, 10_000, given().signal);
    hands[0]?.resolve('first');
    expect(await answer).toBe('first');
    expect(started()).toEqual([1, 0]);
  });

  it('starts the next as soon as one fails', async () => {
    const { hands, attempts, started } = startHedge(3);
    const answer = hedge(attempts, 10_000, given().signal);
    hands[0]?.reject(new Error('one'));
    await tick();
    expect(started()).toEqual([1, 1, 0]);
    hands[1]?.reject(new Error('two'));
    await tick();
    hands[2]?.resolve('third');
    expect(await answer).toBe('third');
  });

  it('starts the next when one does not answer, and the one after as soon as that fails', async () => {
    const { hands, attempts, started } = startHedge(3);
    vi.useFakeTimers();
    const answer = hedge(attempts, 300, given().signal);
    await vi.advanceTimersByTimeAsync(299);
    expect(started()).toEqual([1, 0, 0]);
    await vi.advanceTimersByTimeAsync(1);
    expect(started()).toEqual([1, 1, 0]);
    vi.useRealTimers();
    hands[1]?.reject(new Error('two'));
    await tick();
    expect(started()).toEqual([1, 1, 1]);
    hands[0]?.resolve('first after all');
    expect(await answer).toBe('first after all');
  });

  it('never starts the next by time when hedgeMs is Infinity', async () => {
    const { hands, attempts, started } = startHedge(2);
    vi.useFakeTimers();
    const answer = hedge(attempts, Infinity, given().signal);
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    expect(started()).toEqual([1, 0]);
    hands[0]?.resolve('late');
    expect(await answer).toBe('late');
  });

  it('aborts the losers, starts nothing more and leaves no timer', async () => {
    const { hands, attempts, started } = startHedge(3);
    vi.useFakeTimers();
    const answer = hedge(attempts, 300, given().signal);
    await vi.advanceTimersByTimeAsync(300);
    hands[0]?.resolve('first');
    expect(await answer).toBe('first');
    expect(hands[1]?.signal()?.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(started()).toEqual([1, 1, 0]);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('rejects with the last failure when all fail', async () => {
    const { hands, attempts } = startHedge(2);
    const answer = hedge(attempts, 10_000, given().signal);
    hands[0]?.reject(new Error('one'));
    await tick();
    hands[1]?.reject(new Error('two'));
    await expect(answer).rejects.toThrow('two');
  });

  it('ends with its signal, without a further attempt', async () => {
    const { attempts, started } = startHedge(2);
    const controller = given();
    const answer = hedge(attempts, 10_000, controller.signal);
    controller.abort();
    await expect(answer).rejects.toThrow('aborted');
    await tick();
    expect(started()).toEqual([1, 0]);
  });
});
