import { describe, expect, it } from 'vitest';
import { planWindows } from './plan.ts';
import type { PostResult } from '../stack/post.ts';
import { runBackfill, type BackfillProgress } from './runner.ts';

const range = { from: new Date('2026-11-19T00:00:00Z'), to: new Date('2026-11-21T12:00:00Z') };
const windows = planWindows(range, { task: 't', stepMs: 86_400_000, overlapMs: 0, data: undefined }, () => []);

const attempt = (status: number | undefined, answer: object): PostResult => ({
  status,
  body: JSON.stringify(answer),
  headers: {},
  durationMs: 1,
});
const done = attempt(200, { data: { outcome: 'done', reason: 'done' } });

async function backfill(answer: (n: number) => PostResult, stop = new AbortController()) {
  const progress: BackfillProgress[] = [];
  let sent = 0;
  const last = await runBackfill(windows, {
    task: 't',
    data: undefined,
    workers: [{ send: () => Promise.resolve(answer((sent += 1))) }],
    onProgress: (one) => void progress.push(one),
    signal: stop.signal,
  });
  return { sent, progress, last };
}

describe('runBackfill', () => {
  it('tells how far it is, and that it is done', async () => {
    const { sent, progress, last } = await backfill(() => done);
    expect(sent).toBe(3);
    expect(progress.map(({ state, done }) => [state, done])).toEqual([
      ['running', 0],
      ['running', 1],
      ['running', 2],
      ['done', 3],
    ]);
    expect(last).toEqual({ task: 't', ...range, windows: 3, done: 3, state: 'done' });
  });

  it('stops at the first failure and says why in the words of the function', async () => {
    const refusal = attempt(503, { outcome: 'unavailable', reason: 'instance', message: 'no instance' });
    const { sent, last } = await backfill((n) => (n === 2 ? refusal : done));
    expect([sent, last]).toEqual([2, expect.objectContaining({ state: 'failed', done: 1, message: 'no instance' })]);
  });

  it('says outcome and reason where the answer has no message', async () => {
    const { last } = await backfill(() => attempt(200, { data: { outcome: 'skipped', reason: 'paused' } }));
    expect(last).toMatchObject({ state: 'failed', done: 0, message: 'skipped: paused' });
  });

  it('stops on demand, and does not count the current window', async () => {
    const stop = new AbortController();
    const { last } = await backfill((n) => {
      if (n === 2) stop.abort();
      return n === 2 ? { ...attempt(undefined, {}), error: 'stopped by the sender' } : done;
    }, stop);
    expect(last).toMatchObject({ state: 'stopped', done: 1 });
  });
});
