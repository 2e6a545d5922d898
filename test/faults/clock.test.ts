import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../support/wait-until.ts';
import { BUDGET_MS, freshSlot, linesOf, sendTick } from './platform.ts';
import { useWarmFunction } from './warm-function.ts';

const CLOCK = path.join(import.meta.dirname, 'fixtures/jumping-clock.cjs');

const warm = useWarmFunction({ NODE_OPTIONS: `--require=${CLOCK}` });
beforeEach(() => warm.platform.reset());

/** An hour forth the first time, then two hours back, then two forth. */
const jump = () => process.kill(warm.fn.pid, 'SIGUSR2');

describe.each(['forth', 'back', 'forth again'])('a clock that jumps an hour or two %s in mid-call', () => {
  it('ends no call early: done, one RPC, ms as measured', async () => {
    const { platform, fn } = warm;
    platform.backend.faults.set({ kind: 'slow', ms: 300, times: 1 });
    const received = platform.backend.calls.next();
    const slot = freshSlot();
    const answer = sendTick(fn, slot);
    await received;
    jump();
    expect([(await answer).status, platform.backend.calls.count()]).toEqual([200, 1]);
    await waitUntil(() => expect(linesOf(fn, slot)).toHaveLength(1));
    const [{ ms } = {}] = linesOf(fn, slot);
    const { total } = ms as { total: number }; // every line of a run has it
    expect(total).toBeGreaterThan(250);
    expect(total).toBeLessThan(BUDGET_MS);
  });

  it('prolongs no call: the deadline holds', async () => {
    const { platform, fn } = warm;
    platform.configure('env: dev\ntasks: { increment-order: { timeout: 800ms } }\n');
    platform.backend.faults.set({ kind: 'hang', times: 1 });
    const received = platform.backend.calls.next();
    const slot = freshSlot();
    const answer = sendTick(fn, slot);
    await received;
    jump();
    expect((await answer).status).toBe(503);
    await waitUntil(() => expect(linesOf(fn, slot)).toMatchObject([{ outcome: 'unknown', reason: 'deadline' }]));
    jump();
  });

  it('logs nobody in again and frees no run key: a tick sent twice is a duplicate', async () => {
    const { platform, fn } = warm;
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
