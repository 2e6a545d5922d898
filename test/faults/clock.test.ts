import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FunctionProcess } from '../../tools/platform/function-process.ts';
import { BUDGET_MS, freshSlot, launch, linesOf, sendTick, startPlatform, type Platform } from './platform.ts';

const CLOCK = path.join(import.meta.dirname, 'fixtures/jumping-clock.cjs');

let platform: Platform;
let fn: FunctionProcess;
beforeAll(async () => {
  platform = await startPlatform();
  fn = await launch(platform, { NODE_OPTIONS: `--require=${CLOCK}` });
});
afterAll(async () => {
  await fn.stop();
  await platform.close();
});
beforeEach(() => platform.reset());

/** An hour forth the first time, then two hours back, then two forth. */
const jump = () => process.kill(fn.pid, 'SIGUSR2');

describe.each(['forth', 'back', 'forth again'])('a clock that jumps an hour or two %s in mid-call', () => {
  it('ends no call early: done, one RPC, ms as measured', async () => {
    platform.backend.faults.set({ kind: 'slow', ms: 300, times: 1 });
    const received = platform.backend.calls.next();
    const slot = freshSlot();
    const answer = sendTick(fn, slot);
    await received;
    jump();
    expect([(await answer).status, platform.backend.calls.count()]).toEqual([200, 1]);
    await expect.poll(() => linesOf(fn, slot).length).toBe(1);
    const [{ ms } = {}] = linesOf(fn, slot);
    const { total } = ms as { total: number }; // every line of a run has it
    expect(total).toBeGreaterThan(250);
    expect(total).toBeLessThan(BUDGET_MS);
  });

  it('prolongs no call: the deadline holds', async () => {
    platform.configure('env: dev\ntasks: { increment-order: { timeout: 400ms } }\n');
    platform.backend.faults.set({ kind: 'hang', times: 1 });
    const received = platform.backend.calls.next();
    const slot = freshSlot();
    const answer = sendTick(fn, slot);
    await received;
    jump();
    expect((await answer).status).toBe(503);
    await expect.poll(() => linesOf(fn, slot)).toMatchObject([{ outcome: 'unknown', reason: 'deadline' }]);
    jump();
  });

  it('logs nobody in again and frees no run key: a tick sent twice is a duplicate', async () => {
    const slot = freshSlot();
    await sendTick(fn, slot);
    platform.nacos.requests.clear();
    jump();
    expect((await sendTick(fn, slot)).body).toContain('"reason":"duplicate"');
    expect((await sendTick(fn, freshSlot())).status).toBe(200);
    expect(platform.nacos.requests.count({ method: 'POST' })).toBe(0);
    jump();
  });
});
