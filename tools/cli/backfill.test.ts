import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFunction } from '../../functions/runtime/handle.ts';
import { startHost } from '../../functions/runtime/host/host.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { loadTask } from '../project.ts';
import { cli, json, startCli } from '../../test/support/cli.ts';
import { waitUntil } from '../../test/support/wait-until.ts';

const FROM = '2026-11-17T00:00:00Z';
const TO = '2026-11-20T00:00:00Z';
const HOUR_MS = 3_600_000;

let stack: Stack;
let folder: string;
beforeAll(async () => {
  stack = await startStack();
  folder = mkdtempSync(path.join(tmpdir(), 'bi-cron-backfill-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await stack.close();
});
beforeEach(() => {
  stack.leke.calls.clear();
  stack.leke.faults.clear();
});

/** A backfill of increment-order over three days; a page size of its own makes the run keys of each test its own. */
function args(pageSize: number, ...more: readonly string[]): string[] {
  const data = ['--data', JSON.stringify({ pageSize })];
  return ['backfill', 'increment-order', '--from', FROM, '--to', TO, ...data, ...more];
}
const options = () => ({ env: { ...stack.env, XDG_STATE_HOME: folder } });

interface Called {
  readonly runKey: string;
  readonly start: number;
  readonly end: number;
}

/** What the simulator was asked for, in the order of the windows. */
function windowsAsked(): Called[] {
  const calls = stack.leke.calls.all().map(({ runKey, request }) => {
    const { start, end } = request['window'] as { start: string; end: string }; // a backfill always sends both
    return { runKey, start: Date.parse(start), end: Date.parse(end) };
  });
  return calls.toSorted((one, other) => one.start - other.start);
}

/** Every moment from FROM to TO is asked for, each window reaching 10 minutes into the one before, none twice. */
function expectNoneTwiceOrMissing(count: number): void {
  const asked = windowsAsked();
  expect(asked).toHaveLength(count);
  expect(new Set(asked.map(({ runKey }) => runKey)).size).toBe(count);
  const slices = asked.map(({ start, end }) => [start + HOUR_MS / 6, end]);
  expect(slices[0]?.[0]).toBe(Date.parse(FROM));
  expect(slices.at(-1)?.[1]).toBe(Date.parse(TO));
  expect(slices.slice(1).map(([start]) => start)).toEqual(slices.slice(0, -1).map(([, end]) => end));
}

it('interrupted by Ctrl-C it finishes the window under way; --resume sends the rest: no window twice, none missing', async () => {
  stack.leke.faults.set({ kind: 'slow', ms: 150 });
  const running = startCli(args(21, '--step', '6h'), options());
  await waitUntil(() => expect(stack.leke.calls.count()).toBeGreaterThanOrEqual(3));
  running.child.kill('SIGINT');
  const first = await running.ended;
  expect([first.status, first.stdout]).toEqual([130, expect.stringContaining('interrupted')]);
  expect(stack.leke.calls.count()).toBeLessThan(12);
  stack.leke.faults.clear();

  const second = await cli(args(21, '--step', '6h', '--resume', '--json'), options());
  expect([second.status, json(second)]).toMatchObject([0, { windows: 12, done: 12, isComplete: true }]);
  expectNoneTwiceOrMissing(12);
});

it('killed at once it asks again, with the same run key, for the window under way, and for no other', async () => {
  stack.leke.faults.set({ kind: 'slow', ms: 150 });
  const workBefore = stack.leke.workDone;
  const running = startCli(args(22, '--step', '6h'), options());
  await waitUntil(() => expect(stack.leke.calls.count()).toBeGreaterThanOrEqual(3));
  running.child.kill('SIGKILL');
  await running.ended;
  await stack.leke.calls.idle();
  stack.leke.faults.clear();
  const second = await cli(args(22, '--resume', '--json'), options());
  expect(json(second)).toMatchObject({ done: 12, isComplete: true });
  expect(stack.leke.calls.count()).toBeLessThanOrEqual(13);
  expect(new Set(windowsAsked().map(({ runKey }) => runKey)).size).toBe(12);
  expect(stack.leke.workDone - workBefore).toBe(12);
});

it('writes the log line of each window to standard error, and nothing but the result to standard output', async () => {
  const ended = await cli(args(30, '--json'), options());
  expect(json(ended)).toMatchObject({ done: 4, isComplete: true });
  const lines = ended.stderr.split('\n').filter((line) => line.startsWith('{'));
  const runKeys = lines.map((line) => (JSON.parse(line) as { runKey: string }).runKey);
  expect(runKeys).toEqual(windowsAsked().map(({ runKey }) => runKey));
});

it('says that the state cannot be kept before anything is sent', async () => {
  const file = path.join(folder, 'x'.repeat(250)); // the name of its unfinished half is longer than a file system takes
  const { status, stderr } = await cli(args(31, '--state', file), options());
  expect([status, stderr]).toEqual([
    64,
    `bi-cron: --state ${file}: expected a file that can be written, got ENAMETOOLONG\n`,
  ]);
  expect(stack.leke.calls.count()).toBe(0);
});

it('a second start without --resume repeats no work', async () => {
  const workBefore = stack.leke.workDone;
  const [first, second] = [await cli(args(23, '--json'), options()), await cli(args(23, '--json'), options())];
  expect([json(first), json(second)]).toMatchObject([{ sent: 4 }, { sent: 4 }]);
  expect([stack.leke.calls.count(), stack.leke.workDone - workBefore]).toEqual([8, 4]);
});

it('the second Ctrl-C gives up a window that hangs, which is not done', async () => {
  stack.leke.faults.set({ kind: 'hang' });
  const running = startCli(args(24), options());
  await stack.leke.calls.next();
  running.child.kill('SIGINT');
  await once(running.child.stderr, 'data'); // it has said that it stops
  running.child.kill('SIGINT');
  const { status, stdout } = await running.ended;
  expect([status, stdout]).toEqual([130, expect.stringContaining('0 of 4 windows done')]);
});

it('stops at the first failure, says which window and why, and exits as its outcome says', async () => {
  stack.leke.faults.set({ kind: 'status', code: 'PERMISSION_DENIED', message: 'no session for shop 100001' });
  const { status, stdout } = await cli(args(25), options());
  expect([status, stack.leke.calls.count()]).toEqual([1, 1]);
  expect(stdout).toContain('increment-order [2026-11-17T00:00:00Z, 2026-11-17T23:50:00Z) rejected: backend');
  expect(stdout).toContain('no session for shop 100001');
});

it('--parallel works on several windows at a time, each once', async () => {
  const { status } = await cli(args(26, '--step', '6h', '--parallel', '3'), options());
  expect(status).toBe(0);
  expectNoneTwiceOrMissing(12);
});

it('--dry-run lists windows as long as upstream allows, overlap included, and sends nothing', async () => {
  const listed = json(await cli(args(27, '--dry-run', '--json'), options())) as { window: object; runKey: string }[];
  expect(listed.map(({ window }) => window)).toEqual([
    { start: '2026-11-16T23:50:00Z', end: '2026-11-17T23:50:00Z' },
    { start: '2026-11-17T23:40:00Z', end: '2026-11-18T23:40:00Z' },
    { start: '2026-11-18T23:30:00Z', end: '2026-11-19T23:30:00Z' },
    { start: '2026-11-19T23:20:00Z', end: '2026-11-20T00:00:00Z' },
  ]);
  expect(listed[0]?.runKey).toMatch(
    /^increment-order@backfill:2026-11-17T00:00:00Z\/2026-11-17T23:50:00Z#[0-9a-f]{8}$/,
  );
  expect(stack.leke.calls.count()).toBe(0);
});

it('sends to --url as well; a duplicate counts as done', async () => {
  const fn = await createFunction(await loadTask('increment-order'), { ...stack.env, LOG_LEVEL: 'silent' });
  const host = await startHost(fn, 0);
  const to = args(28, '--url', `http://127.0.0.1:${host.port}/`, '--json');
  const [first, second] = [
    await cli(to, { env: { XDG_STATE_HOME: folder } }),
    await cli(to, { env: { XDG_STATE_HOME: folder } }),
  ];
  expect([json(first), json(second)]).toMatchObject([
    { done: 4, isComplete: true },
    { done: 4, isComplete: true },
  ]);
  expect(second.stderr).toContain('an earlier start did 4 of these windows; --resume leaves them out');
  expectNoneTwiceOrMissing(4);
  expect(stack.leke.calls.all()[0]).toMatchObject({ request: { run: { trigger: 'TRIGGER_KIND_BACKFILL' } } });
  await host.drain();
});

describe.concurrent('a wrong command line', () => {
  it.each([
    [
      ['--step', '1d'],
      '--step: expected at most 23h50m (increment-order takes windows of 1d, the overlap is 10m), got 1d',
    ],
    [['--overlap', '1d'], 'overlap: expected less than the longest window that increment-order takes (1d), got 1d'],
    [['--to', FROM], '--to: expected a time after --from'],
    [['--to', '2999-01-01T00:00:00Z'], '--to: expected a time that is past'],
    [['--data', '{"window":{}}'], '--data: expected no window'],
    [['--parallel', '0'], '--parallel: expected a whole number from 1 to 16, got "0"'],
    [['--step', '1s'], 'step: expected at most 10000 windows, got 259200 of 1s'],
  ])('%j is refused before anything is sent', async (more, why) => {
    const { status, stderr } = await cli([...args(29), ...more], { env: { XDG_STATE_HOME: folder } });
    expect([status, stderr]).toEqual([64, expect.stringContaining(why)]);
  });
});
