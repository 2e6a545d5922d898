import { describe, expect, it } from 'vitest';
import type { Attempt } from '../platform/senders/attempt.ts';
import { backfillKey, cutWindows, runBackfill, type BackfillProgress, type Span } from './backfill.ts';

const DAY_MS = 86_400_000;
const from = new Date('2026-11-19T00:00:00Z');
const to = new Date('2026-11-21T12:00:00Z');
const attempt = (status: number | undefined, body = ''): Attempt => ({ status, body, headers: {}, durationMs: 1 });

async function backfill(answer: (window: Span, n: number) => Attempt, stop = new AbortController()) {
  const sent: string[] = [];
  const progress: BackfillProgress[] = [];
  const last = await runBackfill({
    task: 'increment-order',
    windows: cutWindows(from, to, DAY_MS),
    send: async (window, runKey) => {
      sent.push(runKey);
      return answer(window, sent.length);
    },
    onProgress: (one) => void progress.push(one),
    sleep: async () => {},
    signal: stop.signal,
  });
  return { sent, progress, last };
}

describe('cutWindows', () => {
  it('covers the span without a gap or an overlap, the last window shorter', () => {
    const windows = cutWindows(from, to, DAY_MS);
    expect(windows.map(({ start }) => start.toISOString().slice(0, 13))).toEqual([
      '2026-11-19T00',
      '2026-11-20T00',
      '2026-11-21T00',
    ]);
    expect(windows.slice(1).map(({ start }) => start)).toEqual(windows.slice(0, -1).map(({ end }) => end));
    expect(windows.at(-1)?.end).toEqual(to);
  });

  it.each([
    ['an inverted span', to, from, DAY_MS, 'to: expected a time after from'],
    ['an empty span', from, from, DAY_MS, 'to: expected a time after from'],
    ['a step below a minute', from, to, 59_999, 'step: expected at least one minute'],
    ['no step', from, to, Number.NaN, 'step: expected at least one minute'],
    ['too many windows', from, to, 60_000, 'step: expected at most 1000 windows'],
  ])('refuses %s', (_name, start, end, stepMs, message) => {
    expect(() => cutWindows(start, end, stepMs)).toThrow(message);
  });
});

describe('runBackfill', () => {
  it('sends one event per window, in order, under keys made of task and window only', async () => {
    const { sent, last } = await backfill(() => attempt(200));
    expect(sent).toEqual(cutWindows(from, to, DAY_MS).map((window) => backfillKey('increment-order', window)));
    expect(sent[0]).toBe('increment-order@backfill:2026-11-19T00:00:00Z/2026-11-20T00:00:00Z');
    expect(last).toMatchObject({ state: 'done', done: 3, windows: 3 });
  });

  it('stops at the first failure and says why', async () => {
    const { sent, last } = await backfill((_window, n) =>
      n === 2 ? attempt(503, '{"message":"no instance"}') : attempt(200),
    );
    expect(sent).toHaveLength(2);
    expect(last).toMatchObject({ state: 'failed', done: 1, message: 'no instance' });
  });

  it('waits while the task is busy with another run', async () => {
    const { sent, last } = await backfill((_window, n) => attempt(n <= 2 ? 409 : 200));
    expect(sent).toHaveLength(5);
    expect(new Set(sent).size).toBe(3);
    expect(last.state).toBe('done');
  });

  it('stops when it is told to, and does not count the window at hand', async () => {
    const stop = new AbortController();
    const { last } = await backfill((_window, n) => {
      if (n === 2) stop.abort();
      return attempt(n === 2 ? undefined : 200);
    }, stop);
    expect(last).toMatchObject({ state: 'stopped', done: 1 });
  });
});
