import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { CloudEvent } from 'cloudevents';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startStack, type Stack } from '../tools/stack/stack.ts';
import { APP_DIR } from './support/app-dir.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(async () => {
  await stack.nacos.faults.clear();
  stack.leke.faults.clear();
  stack.leke.calls.clear();
});

/** Runs the image's `once` mode as a Job's container does. */
async function once(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ status: number; output: string }> {
  const command = [path.join(APP_DIR, 'main.cjs'), 'once', ...args];
  const options = { env: { ...stack.env, FUNCTION_TARGET: 'full-order', ...env }, timeout: 15_000 };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, command, options);
    return { status: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }; // what execFile rejects with
    return { status: code, output: stdout + stderr };
  }
}

const runKeys = () => stack.leke.calls.all().map(({ runKey }) => runKey);

it('exits 0 and calls once with the data of a flag', async () => {
  const { status, output } = await once(['--task', 'increment-order', '--data', '{"shopIds":["100002"]}']);
  expect([status, JSON.parse(output)]).toEqual([0, expect.objectContaining({ outcome: 'done', trigger: 'manual' })]);
  expect(stack.leke.calls.all()).toMatchObject([{ request: { shopIds: ['100002'] } }]);
});

it("gives a CronJob's retried pod the same run key: the minute in the Job's name", async () => {
  const minute = Math.floor(Date.now() / 60_000) - 60;
  const slot = new Date(minute * 60_000).toISOString().replace('.000Z', 'Z');
  const env = { JOB_NAME: `full-order-${minute}` };
  stack.leke.faults.set({ kind: 'status', code: 'UNAVAILABLE', retryPushbackMs: 0, times: 1 });
  expect((await once([], env)).status).toBe(75);
  expect((await once([], env)).status).toBe(0);
  expect(runKeys()).toEqual([`full-order@${slot}`, `full-order@${slot}`]);
});

it('runs the event that a JobSink mounted', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'job-sink-'));
  const event = new CloudEvent({
    source: '/apis/v1/namespaces/bi-cron/pingsources/full-order',
    type: 'dev.knative.sources.ping',
    time: '2026-11-21T18:45:00.2Z',
    data: {},
  });
  writeFileSync(path.join(folder, 'event'), JSON.stringify(event));
  expect((await once([], { K_EVENT_PATH: folder, K_EXECUTION_MODE: 'batch' })).status).toBe(0);
  expect(runKeys()).toEqual(['full-order@2026-11-21T18:45:00Z']);
  rmSync(folder, { recursive: true });
});

it('takes a slot by flag', async () => {
  expect((await once(['--slot', '2026-11-20T18:45:00Z'])).status).toBe(0);
  expect(runKeys()).toEqual(['full-order@2026-11-20T18:45:00Z']);
});

it.each([
  [1, 'data that the task refuses', ['--data', '{"pageSize":1000}'], 'data.pageSize: expected 1 to 100, got 1000'],
  [1, 'data that is no JSON', ['--data', '{'], '--data: expected JSON, got "{"'],
  [1, 'a task that does not exist', ['--task', 'orders'], 'cannot start'],
  [1, 'a slot that is no time', ['--slot', 'yesterday'], 'time: expected an RFC 3339 time'],
])('exits %i on %s', async (status, _what, args, message) => {
  const result = await once(args);
  expect([result.status, stack.leke.calls.count()]).toEqual([status, 0]);
  expect(result.output).toContain(message);
});

it('exits 70 when the outcome is unknown', async () => {
  stack.leke.faults.set({ kind: 'status', code: 'INTERNAL', times: 1 });
  expect((await once([])).status).toBe(70);
});

it('exits 75 when Nacos cannot be reached', async () => {
  await stack.nacos.faults.set('down');
  expect((await once([])).status).toBe(75);
});
