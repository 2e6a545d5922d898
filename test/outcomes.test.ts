import { scheduledRunKey } from '../functions/runtime/event/run-key.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HostKind } from '../tools/stack/function-process.ts';
import { hasReadAll } from './support/has-read-all.ts';
import { lastError, startTestEnv, statuses, type TestEnv, type SenderKind } from './support/test-env.ts';

const HOSTS: readonly HostKind[] = ['image', 'framework'];
const SENDERS: readonly SenderKind[] = ['PingSource', 'Broker'];

/** How a failing status shows at each sender: every attempt has the same status. */
const attemptsOf = (sender: SenderKind, status: number): number[] => {
  const retried: Record<SenderKind, ReadonlySet<number>> = {
    PingSource: new Set([503]),
    Broker: new Set([409, 500, 503]),
  };
  const count = retried[sender].has(status) ? { PingSource: 6, Broker: 3 }[sender] : 1;
  return Array.from({ length: count }, () => status);
};
const givenUp = { PingSource: 'lost', Broker: 'dead-letter' } as const;

describe.each(HOSTS)('on the %s host', { concurrent: true }, (host) => {
  let safe: TestEnv; // increment-order may be repeated
  let unsafe: TestEnv; // full-order may not
  beforeAll(async () => {
    [safe, unsafe] = await Promise.all([startTestEnv('increment-order', host), startTestEnv('full-order', host)]);
  });
  afterAll(() => Promise.all([safe.close(), unsafe.close()]));
  beforeEach(() => Promise.all([safe.reset(), unsafe.reset()]));

  describe.each(SENDERS)('through a %s', { concurrent: false }, (sender) => {
    it('done: 200 with a result event, one RPC', async () => {
      const slot = safe.freshSlot();
      const delivery = await safe.tick(sender, slot);
      expect([delivery.ending, statuses(delivery)]).toEqual(['acknowledged', [200]]);
      const event = JSON.parse(delivery.attempts[0]?.body ?? '') as Record<string, unknown>;
      expect(event).toMatchObject({
        specversion: '1.0',
        type: 'bi.cron.run.done',
        subject: 'increment-order',
        data: { outcome: 'done', grpcCode: 'OK', configSource: 'nacos', summary: { shops: 3 } },
      });
      expect(delivery.reply?.type).toBe(sender === 'Broker' ? 'bi.cron.run.done' : undefined);
      const runKey = scheduledRunKey('increment-order', slot);
      expect(safe.backend.calls.count()).toBe(1);
      expect(safe.backend.calls.all()[0]).toMatchObject({
        runKey,
        metadata: { 'x-run-key': runKey, 'x-request-id': delivery.eventId },
      });
    });

    it('done: ALREADY_EXISTS means that the backend had the work', async () => {
      safe.backend.faults.set({ kind: 'status', code: 'ALREADY_EXISTS', times: 1 });
      const delivery = await safe.tick(sender, safe.freshSlot());
      expect([delivery.ending, statuses(delivery), safe.backend.calls.count()]).toEqual(['acknowledged', [200], 1]);
    });

    it('skipped, duplicate: the same tick fired twice is one RPC', async () => {
      const slot = safe.freshSlot();
      await safe.tick(sender, slot);
      const again = await safe.tick(sender, slot);
      expect([again.ending, statuses(again), safe.backend.calls.count()]).toEqual(['acknowledged', [200], 1]);
      expect(again.attempts[0]?.body).toContain('"reason":"duplicate"');
    });

    it('skipped, overlap: a tick while another run is active makes no RPC and names the holder', async () => {
      const [slot, next] = [safe.freshSlot(), safe.freshSlot()];
      await safe.hold();
      const received = safe.backend.calls.next();
      const first = safe.tick(sender, slot);
      await received;
      const second = await safe.tick(sender, next);
      expect([second.ending, statuses(second)]).toEqual(['acknowledged', [200]]);
      expect(JSON.parse(second.attempts[0]?.body ?? '')).toMatchObject({
        type: 'bi.cron.run.skipped',
        data: {
          reason: 'overlap',
          holder: { runKey: scheduledRunKey('increment-order', slot), outcome: 'running' },
        },
      });
      safe.release();
      expect(statuses(await first)).toEqual([200]);
      expect(safe.backend.calls.count()).toBe(1);
    });

    it('joined: a tick sent again while its run is active waits and gets the same answer, one RPC', async () => {
      const slot = safe.freshSlot();
      await safe.hold();
      const received = safe.backend.calls.next();
      const first = safe.tick(sender, slot);
      await received;
      const again = safe.tick(sender, slot);
      await hasReadAll(safe.fn.url);
      safe.release();
      const second = await again;
      expect(statuses(second)).toEqual([200]);
      expect(second.attempts[0]?.body).toContain('bi.cron.run.done');
      await first;
      expect(safe.backend.calls.count()).toBe(1);
    });

    it('skipped, paused: no RPC while the configuration says so, and the reason is passed on', async () => {
      safe.configure('env: dev\ntasks: { increment-order: { paused: "shop migration until Friday" } }\n');
      const delivery = await safe.tick(sender, safe.freshSlot());
      expect([delivery.ending, statuses(delivery), safe.backend.calls.count()]).toEqual(['acknowledged', [200], 0]);
      expect(delivery.attempts[0]?.body).toContain('shop migration until Friday');
    });

    it('rejected, event: bad data is 400 once, names the field, no RPC', async () => {
      const delivery = await safe.tick(
        sender,
        safe.freshSlot(),
        '{"window":{"start":"2026-11-02T00:00:00Z","end":"2026-11-01T00:00:00Z"}}',
      );
      expect([delivery.ending, statuses(delivery), safe.backend.calls.count()]).toEqual([givenUp[sender], [400], 0]);
      expect(lastError(delivery)).toMatchObject({ outcome: 'rejected', reason: 'event', field: 'data.window.end' });
      expect(lastError(delivery)['message']).toContain('data.window.end: expected a time after window.start');
    });

    it.each([
      [
        'a wrong value',
        'env: dev\ntasks: { increment-order: { pageSize: 500 } }\n',
        'bi-cron-dev.yaml:2 tasks.increment-order.pageSize: expected <=100, got 500',
      ],
      ['another environment', 'env: prod\n', 'bi-cron-dev.yaml:1 env: expected "dev" as DEPLOY_ENV says, got "prod"'],
      [
        'text that is no YAML',
        'env: dev\nenv: dev\n',
        'bi-cron-dev.yaml:2: expected YAML, got a key that stands twice in its map',
      ],
    ])('rejected, config: %s is 422 once, no RPC', async (_what, document, message) => {
      safe.configure(document);
      const delivery = await safe.tick(sender, safe.freshSlot());
      expect([delivery.ending, statuses(delivery), safe.backend.calls.count()]).toEqual([givenUp[sender], [422], 0]);
      expect(lastError(delivery)).toMatchObject({ outcome: 'rejected', reason: 'config', message });
    });

    it.each([
      'INVALID_ARGUMENT',
      'FAILED_PRECONDITION',
      'OUT_OF_RANGE',
      'NOT_FOUND',
      'UNIMPLEMENTED',
      'UNAUTHENTICATED',
      'PERMISSION_DENIED',
    ] as const)('rejected, backend: %s is 422 once, one RPC', async (code) => {
      safe.backend.faults.set({ kind: 'status', code });
      const delivery = await safe.tick(sender, safe.freshSlot());
      expect([delivery.ending, statuses(delivery), safe.backend.calls.count()]).toEqual([givenUp[sender], [422], 1]);
      expect(lastError(delivery)).toMatchObject({ outcome: 'rejected', reason: 'backend' });
    });

    it('unavailable, nacos: 503 until the sender gives up, no RPC', async () => {
      await safe.stack.nacos.faults.set('down');
      const delivery = await safe.tick(sender, safe.freshSlot());
      expect([delivery.ending, statuses(delivery), safe.backend.calls.count()]).toEqual([
        givenUp[sender],
        attemptsOf(sender, 503),
        0,
      ]);
      expect(lastError(delivery)).toMatchObject({ outcome: 'unavailable', reason: 'nacos' });
    });

    it('unavailable, instance: nobody healthy is 503, no RPC', async () => {
      await safe.stack.nacos.faults.set('all-unhealthy');
      const delivery = await safe.tick(sender, safe.freshSlot());
      expect([delivery.ending, statuses(delivery), safe.backend.calls.count()]).toEqual([
        givenUp[sender],
        attemptsOf(sender, 503),
        0,
      ]);
      expect(lastError(delivery)).toMatchObject({
        outcome: 'unavailable',
        reason: 'instance',
        message: expect.stringContaining(
          'bi-api-leke in group DEFAULT_GROUP: expected a healthy instance, got 1 registered, 0 usable',
        ) as string,
      });
    });

    it.each(['UNAVAILABLE', 'ABORTED', 'RESOURCE_EXHAUSTED'] as const)(
      'unavailable, backend: %s twice, then OK, is three attempts and one piece of work',
      async (code) => {
        safe.backend.faults.set({ kind: 'status', code, times: 2 });
        const workBefore = safe.backend.workDone;
        const delivery = await safe.tick(sender, safe.freshSlot());
        expect([delivery.ending, statuses(delivery)]).toEqual(['acknowledged', [503, 503, 200]]);
        expect([safe.backend.calls.count(), safe.backend.workDone - workBefore]).toEqual([3, 1]);
      },
    );

    it.each(['INTERNAL', 'UNKNOWN', 'DATA_LOSS', 'DEADLINE_EXCEEDED', 'CANCELLED'] as const)(
      'unknown: %s is sent again when the task is safe to repeat, and never when it is not',
      async (code) => {
        safe.backend.faults.set({ kind: 'status', code, times: 1 });
        const repeated = await safe.tick(sender, safe.freshSlot());
        expect([repeated.ending, statuses(repeated), safe.backend.calls.count()]).toEqual([
          'acknowledged',
          [503, 200],
          2,
        ]);

        unsafe.backend.faults.set({ kind: 'status', code, times: 1 });
        const slot = unsafe.freshSlot();
        const once = await unsafe.tick(sender, slot);
        expect([once.ending, statuses(once)]).toEqual([givenUp[sender], [sender === 'Broker' ? 422 : 500]]);
        const refired = await unsafe.tick(sender, slot);
        expect(refired.attempts[0]?.body).toContain('"reason":"duplicate"');
        expect(unsafe.backend.calls.count()).toBe(1);
      },
    );

    it('UNAVAILABLE alone does not let work that must not be done twice be repeated', async () => {
      unsafe.backend.faults.set({ kind: 'status', code: 'UNAVAILABLE', times: 1 });
      const slot = unsafe.freshSlot();
      const delivery = await unsafe.tick(sender, slot);
      expect([delivery.ending, statuses(delivery)]).toEqual([givenUp[sender], [sender === 'Broker' ? 422 : 500]]);
      expect(lastError(delivery)).toMatchObject({ outcome: 'unknown', reason: 'backend' });
      expect((await unsafe.tick(sender, slot)).attempts[0]?.body).toContain('"reason":"duplicate"');
      expect(unsafe.backend.calls.count()).toBe(1);
    });

    it('unavailable, backend: a backend that asks for a repetition gets it, whatever the task', async () => {
      unsafe.backend.faults.set({ kind: 'status', code: 'UNAVAILABLE', retryPushbackMs: 0, times: 1 });
      const delivery = await unsafe.tick(sender, unsafe.freshSlot());
      expect([delivery.ending, statuses(delivery)]).toEqual(['acknowledged', [503, 200]]);
      expect(unsafe.backend.calls.count()).toBe(2);
    });

    it('unknown, deadline: a backend that never answers is given up by the configured timeout', async () => {
      unsafe.configure('env: dev\ntasks: { full-order: { timeout: 300ms } }\n');
      unsafe.backend.faults.set({ kind: 'hang' });
      const delivery = await unsafe.tick(sender, unsafe.freshSlot());
      expect([delivery.ending, statuses(delivery)]).toEqual([givenUp[sender], [sender === 'Broker' ? 422 : 500]]);
      expect(lastError(delivery)).toMatchObject({ outcome: 'unknown', reason: 'deadline' });
      expect(unsafe.backend.calls.count()).toBe(1);
    });

    it('unknown, deadline: a backend that hangs is called twice by one tick of a task that is safe to repeat', async () => {
      safe.configure('env: dev\ntasks: { increment-order: { timeout: 300ms } }\n');
      safe.backend.faults.set({ kind: 'hang' });
      const delivery = await safe.tick(sender, safe.freshSlot());
      expect([delivery.ending, statuses(delivery)]).toEqual([givenUp[sender], [503, sender === 'Broker' ? 422 : 500]]);
      expect(lastError(delivery)).toMatchObject({ outcome: 'unknown', reason: 'deadline' });
      expect(safe.backend.calls.count()).toBe(2);
    });

    it('unknown, backend: a connection that breaks in mid-call is not taken for a refusal', async () => {
      unsafe.backend.faults.set({ kind: 'close-connection', when: 'before-reply', times: 1 });
      const delivery = await unsafe.tick(sender, unsafe.freshSlot());
      expect(lastError(delivery)).toMatchObject({ outcome: 'unknown', reason: 'backend' });
      expect([statuses(delivery), unsafe.backend.calls.count()]).toEqual([[sender === 'Broker' ? 422 : 500], 1]);
    });
  });
});
