import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startStack, type Stack } from '../stack/stack.ts';
import { cli, json, startCli, type Ended } from '../../test/support/cli.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
beforeEach(() => {
  stack.leke.calls.clear();
  stack.leke.faults.clear();
});
afterAll(() => stack.close());

const run = (args: readonly string[], env: Record<string, string> = {}) => cli(args, { env: { ...stack.env, ...env } });

it('calls the backend once, writes the one log line to standard output, and exits 0', async () => {
  const { status, stdout } = await run(['run', 'increment-order', '--data', '{"pageSize": 20}']);
  const [line, ...rest] = stdout.trim().split('\n');
  expect([status, rest]).toEqual([0, []]);
  expect(JSON.parse(line ?? '')).toMatchObject({
    task: 'increment-order',
    outcome: 'done',
    trigger: 'manual',
    status: 200,
  });
  expect(stack.leke.calls.all()).toMatchObject([{ method: 'TaobaoSyncIncrementOrder', request: { pageSize: 20 } }]);
});

it('--json writes one document to standard output and the log line to standard error', async () => {
  const ended = await run(['run', 'increment-order', '--json']);
  expect(json(ended)).toMatchObject({ outcome: 'done', status: 200 });
  expect(JSON.parse(ended.stderr)).toMatchObject({ task: 'increment-order', outcome: 'done', trigger: 'manual' });
});

it('hides secrets in both', async () => {
  const env = { NACOS_USERNAME: 'reader', NACOS_PASSWORD: 'pl4nted-secret' };
  const ended = await run(['run', 'increment-order', '--data', '{"pageSize":"pl4nted-secret"}', '--json'], env);
  const message = expect.stringContaining('data.pageSize: expected a whole number (int32), got "[redacted]"') as string;
  const line = ended.stderr.trim().split('\n').at(-1) ?? ''; // the one before warns of a Nacos without authentication
  expect([json(ended), JSON.parse(line)]).toMatchObject([{ message }, { error: message }]);
  expect(`${ended.stdout}${ended.stderr}`).not.toContain('pl4nted');
});

it('finishes a run on SIGTERM, as a Job gets it, and gives it up on Ctrl-C', async () => {
  stack.leke.faults.set({ kind: 'slow', ms: 300, times: 1 });
  const ended = await interrupt('SIGTERM');
  expect([ended.status, JSON.parse(ended.stdout)]).toEqual([0, expect.objectContaining({ outcome: 'done' })]);
  stack.leke.faults.set({ kind: 'hang' });
  expect((await interrupt('SIGINT')).status).toBe(130);

  async function interrupt(signal: NodeJS.Signals): Promise<Ended> {
    const running = startCli(['run', 'increment-order'], { env: stack.env });
    await stack.leke.calls.next();
    running.child.kill(signal);
    return running.ended;
  }
});

it.each([
  [['leke', 'goods', 'onsale'], 'TaobaoItemsOnsale'],
  [['leke', 'order', 'full'], 'TaobaoSyncFullOrder'],
  [['leke', 'order', 'increment'], 'TaobaoSyncIncrementOrder'],
])('%j still works, and calls %s', async (args, method) => {
  expect((await run(args)).status).toBe(0);
  expect(stack.leke.calls.all().map((call) => call.method)).toEqual([method]);
});

it('["jushuitan","inventory","fetch"] still works, and calls AsyncFetch', async () => {
  expect((await run(['jushuitan', 'inventory', 'fetch'])).status).toBe(0);
  expect(stack.jushuitan.calls.all().map((call) => call.method)).toEqual(['AsyncFetch']);
});

it('takes the task from FUNCTION_TARGET and the slot from --slot: the same slot is the same run key', async () => {
  const args = ['run', '--slot', '2026-11-20T05:43:00Z', '--json'];
  const [first, second] = [
    await run(args, { FUNCTION_TARGET: 'increment-order' }),
    await run(['run', 'increment-order', ...args.slice(1)]),
  ];
  expect([first, second].map((ended) => json(ended))).toMatchObject([
    { outcome: 'done', answer: { runKey: 'increment-order@2026-11-20T05:43:00Z', summary: { repeated: false } } },
    { outcome: 'done', answer: { runKey: 'increment-order@2026-11-20T05:43:00Z', summary: { repeated: true } } },
  ]);
});

it.each([
  ['a field of another type', ['--data', '{"pageSize":"many"}'], undefined, 1, 'rejected'],
  ['a backend that is not available', [], 'UNAVAILABLE', 75, 'unavailable'],
  ['a backend that says INTERNAL', [], 'INTERNAL', 70, 'unknown'],
] as const)('%s exits as its outcome says', async (_what, data, code, status, outcome) => {
  if (code !== undefined) stack.leke.faults.set({ kind: 'status', code });
  const ended = await run(['run', 'increment-order', ...data, '--json']);
  expect([ended.status, json(ended)]).toEqual([status, expect.objectContaining({ outcome })]);
});

it('reads variables from a file, below those that are set', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'bi-cron-cli-'));
  const file = path.join(folder, 'nacos.env');
  await writeFile(file, `DEPLOY_ENV=prod\nNACOS_SERVER_ADDR=${stack.nacos.address}\n`);
  const { status } = await cli(['run', 'goods-onsale', '--env', file], { env: { DEPLOY_ENV: 'dev' } });
  expect(status).toBe(0);
  await rm(folder, { recursive: true });
});

it('--dry-run shows configuration with origins, secrets masked, instance and request, and calls nothing', async () => {
  stack.nacos.configs.publish('bi-cron-dev.yaml', 'env: dev\ntasks:\n  increment-order:\n    lookback: 1h\n');
  const args = ['run', 'increment-order', '--slot', '2026-11-22T05:43:00Z', '--dry-run'];
  const plan = json(await run([...args, '--json'])) as { config: object[] };
  expect(plan).toMatchObject({
    runKey: 'increment-order@2026-11-22T05:43:00Z',
    chosen: stack.leke.address,
    instances: { service: 'bi-api-leke', total: 1, usable: 1 },
    method: 'bi.leke.v1.OrderService/TaobaoSyncIncrementOrder',
    timeoutMs: 75_000,
    request: {
      run: {
        runKey: 'increment-order@2026-11-22T05:43:00Z',
        slot: '2026-11-22T05:43:00Z',
        trigger: 'TRIGGER_KIND_SCHEDULED',
      },
      window: { start: '2026-11-22T04:33:00Z', end: '2026-11-22T05:43:00Z' },
      shopIds: ['100001', '100002', '100003'],
      pageSize: 50,
    },
  });
  expect(plan.config).toContainEqual({
    key: 'tasks.increment-order.lookback',
    value: '1h',
    origin: 'bi-cron-dev.yaml:4',
  });
  expect(plan.config).toContainEqual({
    key: 'tasks.increment-order.pageSize',
    value: 50,
    origin: 'bi-cron.yaml:16',
  });
  expect((await run(args)).stdout).toContain('dry run: nothing was called');
  expect(stack.leke.calls.count()).toBe(0);
});
