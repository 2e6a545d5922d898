import { expect, it } from 'vitest';
import type { PostResult } from '../stack/post.ts';
import { sendWindows, type SendWindowsOptions } from './send-windows.ts';
import { planWindows } from './plan.ts';

const range = { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-01-01T03:00:00Z') };
const windows = planWindows(range, { task: 't', stepMs: 3_600_000, overlapMs: 0, data: undefined }, () => []);

/** A function that gives these answers, one after the other, and records the ids of the events. */
function scripted(answers: readonly object[]): { worker: SendWindowsOptions['workers'][number]; ids: string[] } {
  const ids: string[] = [];
  const send: SendWindowsOptions['workers'][number]['send'] = (event) => {
    ids.push(event.id);
    const body = JSON.stringify({ data: answers[ids.length - 1] });
    return Promise.resolve<PostResult>({ status: 200, body, headers: {}, durationMs: 1 });
  };
  return { ids, worker: { send } };
}

async function sendWith(answers: readonly object[], onBusy: (stop: () => void) => void = () => {}) {
  const stop = new AbortController();
  const { worker, ids } = scripted(answers);
  const done: string[] = [];
  const failure = await sendWindows(windows, {
    task: 't',
    data: undefined,
    workers: [worker],
    stop: stop.signal,
    giveUp: new AbortController().signal,
    onDone: ({ runKey }) => Promise.resolve(void done.push(runKey)),
    onBusy: () => onBusy(() => stop.abort()),
    firstWaitMs: 1,
  });
  return { ids, done, failure };
}

it('a duplicate of a window that is done is done; the id of an event is its run key', async () => {
  const duplicate = { outcome: 'skipped', reason: 'duplicate', holder: { outcome: 'done' } };
  const { ids, done, failure } = await sendWith([{ outcome: 'done' }, duplicate, { outcome: 'done' }]);
  expect([failure, done]).toEqual([undefined, windows.map(({ runKey }) => runKey)]);
  expect(ids).toEqual(done);
});

it('a duplicate of a run whose end is unknown is a failure', async () => {
  const doubt = { outcome: 'skipped', reason: 'duplicate', holder: { outcome: 'unknown' } };
  const { ids, done, failure } = await sendWith([{ outcome: 'done' }, doubt]);
  expect([ids.length, done.length, failure?.reply.outcome]).toEqual([2, 1, 'unknown']);
});

it('sends the same event again while another run keeps the function busy', async () => {
  const busy = { outcome: 'busy', reason: 'running' };
  const { ids, done } = await sendWith([busy, busy, { outcome: 'done' }, { outcome: 'done' }, { outcome: 'done' }]);
  const keys = windows.map(({ runKey }) => runKey);
  expect([ids, done]).toEqual([[keys[0], keys[0], ...keys], keys]);
});

it('ends when it is stopped while it waits for a busy function', async () => {
  const { ids, done, failure } = await sendWith([{ outcome: 'busy', reason: 'running' }], (stop) => stop());
  expect([ids.length, done, failure]).toEqual([1, [], undefined]);
});
