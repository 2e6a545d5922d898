import { scheduledRunKey } from '../functions/runtime/event/run-key.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HostKind } from '../tools/stack/function-process.ts';
import { lastError, startTestEnv, statuses, type TestEnv } from './support/test-env.ts';
import { waitUntil } from './support/wait-until.ts';

const HOSTS: readonly HostKind[] = ['image', 'framework'];

describe.each(HOSTS)('on the %s host', (host) => {
  let safe: TestEnv;
  beforeAll(async () => {
    safe = await startTestEnv('increment-order', host);
  });
  afterAll(() => safe.close());
  beforeEach(() => safe.reset());

  it('busy: a manual event while a run is active is 409 with the holder, which a Broker sends again', async () => {
    const slot = safe.freshSlot();
    await safe.hold();
    const received = safe.backend.calls.next();
    const running = safe.tick('PingSource', slot);
    await received;
    const delivery = await safe.manual();
    expect([delivery.ending, statuses(delivery)]).toEqual(['dead-letter', [409, 409, 409]]);
    expect(lastError(delivery)).toMatchObject({
      outcome: 'busy',
      holder: { runKey: scheduledRunKey('increment-order', slot) },
    });
    safe.release();
    await running;
    expect(safe.backend.calls.count()).toBe(1);
  });

  it('a manual event runs while the schedule is paused, with its data merged over the defaults', async () => {
    safe.configure('env: dev\ntasks: { increment-order: { paused: true } }\n');
    const delivery = await safe.manual({ shopIds: ['100002'], page_size: 20 });
    expect(statuses(delivery)).toEqual([200]);
    expect(safe.backend.calls.all()[0]).toMatchObject({
      runKey: `increment-order@manual:${delivery.eventId}`,
      request: { shopIds: ['100002'], pageSize: 20 },
    });
  });

  it.each([
    ['GET', '/', 405],
    ['PUT', '/', 405],
    ['POST', '/other', 400],
  ])('%s %s is %i and makes no RPC', async (method, path, status) => {
    const answer = await fetch(new URL(path, safe.fn.url), { method });
    expect([answer.status, safe.backend.calls.count()]).toEqual([status, 0]);
  });

  it('writes exactly one log line per run, with its identity, outcome and phase times', async () => {
    const slot = safe.freshSlot();
    await safe.tick('PingSource', slot);
    await safe.tick('PingSource', slot);
    const lines = () => safe.fn.runs().filter(({ runKey }) => runKey === scheduledRunKey('increment-order', slot));
    await waitUntil(() => expect(lines()).toHaveLength(2));
    const aNumber = expect.any(Number) as number;
    expect(lines()[0]).toMatchObject({
      task: 'increment-order',
      trigger: 'scheduled',
      outcome: 'done',
      status: 200,
      callers: 1,
      lagMs: aNumber,
      grpcCode: 'OK',
      target: safe.address,
      ms: { config: aNumber, resolve: aNumber, call: aNumber, total: aNumber },
    });
    expect(lines()[1]).toMatchObject({ outcome: 'skipped', reason: 'duplicate', status: 200 });
  });
});
