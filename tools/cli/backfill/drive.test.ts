import { expect, it } from 'vitest';
import type { Attempt } from '../../platform/senders/attempt.ts';
import type { Sender } from '../senders/sender.ts';
import { drive } from './drive.ts';
import { planWindows } from './plan.ts';

const range = { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-01-01T03:00:00Z') };
const windows = planWindows(range, { task: 't', stepMs: 3_600_000, overlapMs: 0, data: undefined }, () => []);

/** A function that gives these answers, one after the other, and records the ids of the events. */
function scripted(answers: readonly object[]): { sender: Sender; ids: string[] } {
  const ids: string[] = [];
  const send: Sender['send'] = (event) => {
    ids.push(event.id);
    const body = JSON.stringify({ data: answers[ids.length - 1] });
    return Promise.resolve<Attempt>({ status: 200, body, headers: {}, durationMs: 1 });
  };
  return { ids, sender: { destination: 'a script', send, close: () => Promise.resolve() } };
}

async function driveWith(answers: readonly object[], stop = new AbortController()) {
  const { sender, ids } = scripted(answers);
  const done: string[] = [];
  const failure = await drive(windows, {
    task: 't',
    data: undefined,
    lanes: [sender],
    stop: stop.signal,
    giveUp: new AbortController().signal,
    onDone: ({ runKey }) => Promise.resolve(void done.push(runKey)),
    onBusy: () => stop.abort(),
  });
  return { ids, done, failure };
}

it('a duplicate of a window that is done is done; the id of an event is its run key', async () => {
  const duplicate = { outcome: 'skipped', reason: 'duplicate', holder: { outcome: 'done' } };
  const { ids, done, failure } = await driveWith([{ outcome: 'done' }, duplicate, { outcome: 'done' }]);
  expect([failure, done]).toEqual([undefined, windows.map(({ runKey }) => runKey)]);
  expect(ids).toEqual(done);
});

it('a duplicate of a run whose end is unknown is a failure', async () => {
  const doubt = { outcome: 'skipped', reason: 'duplicate', holder: { outcome: 'unknown' } };
  const { ids, done, failure } = await driveWith([{ outcome: 'done' }, doubt]);
  expect([ids.length, done.length, failure?.verdict.outcome]).toEqual([2, 1, 'unknown']);
});

it('waits while another run keeps the function busy, and ends when it is stopped meanwhile', async () => {
  const { ids, done, failure } = await driveWith([{ outcome: 'busy', reason: 'running' }]);
  expect([ids.length, done, failure]).toEqual([1, [], undefined]);
});
