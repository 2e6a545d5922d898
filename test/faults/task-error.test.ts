import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { buildApp } from '../../tools/build/build.ts';
import { startFunction, type FunctionProcess } from '../../tools/stack/function-process.ts';
import { ROOT } from '../../tools/project.ts';
import { waitUntil } from '../support/wait-until.ts';
import { freshSlot, linesOf, sendTick, startPlatform, type Platform } from './platform.ts';

/** A task with a bug of every kind, to be asked for by its option `bug`. */
const FILES = {
  'functions/buggy/index.ts': `
    import { register } from '../runtime/register.ts';
    import { task } from './task.ts';
    export default register(task);`,
  'functions/buggy/task.ts': `
    import { unary } from '../runtime/grpc/rpc.ts';
    import { defineTask } from '../runtime/task.ts';
    import { durationOr, textOr } from '../runtime/options.ts';
    const fail = () => { throw new TypeError('secret of the task'); };
    export const task = defineTask({
      name: 'buggy',
      backend: 'bi-api-leke',
      rpc: unary('bi/leke/v1/order.proto', 'bi.leke.v1.OrderService/TaobaoSyncIncrementOrder'),
      safeToRepeat: true,
      window: { max: '1d' },
      options: { bug: textOr('none'), lookback: durationOr('1m') },
      request: (_info, { bug }) => {
        if (bug === 'request') fail();
        if (bug === 'timer') setTimeout(fail, 1);
        if (bug === 'promise') void Promise.reject(new TypeError('secret of the task'));
        return { shopIds: bug === 'type' ? 7 : ['100001'], pageSize: 20 };
      },
      check: () => [],
      summarise: () => ({ rows: 0 }),
    });`,
};

let root: string;
let platform: Platform;
beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'buggy-task-'));
  for (const entry of ['functions', 'protos', 'package.json', 'tsconfig.json'])
    cpSync(path.join(ROOT, entry), path.join(root, entry), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  await buildApp({ root, outDir: path.join(root, 'dist/app') });
  platform = await startPlatform();
});
afterAll(async () => {
  await platform.close();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => platform.reset());

const launchBuggy = (): Promise<FunctionProcess> =>
  startFunction({ task: 'buggy', env: platform.env, root, appDir: path.join(root, 'dist/app') });
const ask = (bug: string) => platform.configure(`env: dev\ntasks: { buggy: { bug: ${bug} } }\n`);
const send = (fn: FunctionProcess, slot: Date) => sendTick(fn, slot, 'buggy');

it.each(['request', 'type'])(
  'an error in a task (%s) is 500 for that event alone: no call, no stack in the answer',
  async (bug) => {
    ask(bug);
    const fn = await launchBuggy();
    const slot = freshSlot();
    const { status, body } = await send(fn, slot);
    expect([status, platform.backend.calls.count()]).toEqual([500, 0]);
    expect(body).not.toMatch(/secret of the task|at .*\.(?:js|ts)/);
    const ending = { outcome: 'unknown', reason: 'bug', level: 'error' };
    await waitUntil(() => expect(linesOf(fn, slot, 'buggy')).toMatchObject([ending]));
    ask('none');
    expect(await send(fn, freshSlot())).toMatchObject({ status: 200 });
    expect(await fn.stop()).toBe(0);
  },
);

it.each(['timer', 'promise'])(
  'an error that nobody catches (%s): the call under way ends and is answered, then the process is replaced',
  async (bug) => {
    const fn = await launchBuggy();
    expect(await send(fn, freshSlot())).toMatchObject({ status: 200 });
    platform.backend.faults.set({ kind: 'slow', ms: 200, times: 1 });
    ask(bug);
    expect(await send(fn, freshSlot())).toMatchObject({ status: 200 });
    expect(await fn.ended).toBe(1);
    expect(platform.backend.calls.count()).toBe(2);
    expect(fn.output()).toContain('secret of the task');
  },
);
