import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { HOSTS, slotsBackFromNow, startLeke, startRealEnv, type RealEnv, type SimulatedBackend } from '../functions.ts';
import { valuesOf } from '../part.ts';
import { part } from './part.ts';
import { sendEvent, tickEvent, type SendRequest, type SentEvent } from './send.ts';

let leke: SimulatedBackend;
beforeAll(async () => {
  leke = await startLeke();
});
afterAll(() => leke.stop());

const statusesOf = ({ attempts }: SentEvent) => attempts.map(({ status }) => status);
const DONE = { type: 'bi.cron.run.done' };

let events = 0;
const freshSlot = slotsBackFromNow(); // one backend remembers the run keys of both hosts
const freshId = (): string => `journey-${(events += 1)}`;

for (const host of HOSTS) {
  let fullOrder: RealEnv;
  beforeAll(async () => {
    fullOrder = await startRealEnv('full-order', host);
    fullOrder.pointTo(leke.port);
  });
  afterAll(() => fullOrder.close());
  beforeEach(() => {
    leke.faults.clear();
    leke.calls.clear();
    fullOrder.configure('');
  });

  const sendTick = (policy: SendRequest['Policy']): Promise<SentEvent> =>
    sendEvent(valuesOf(part), {
      Policy: policy,
      Target: fullOrder.fn.url,
      Event: tickEvent('full-order', freshId(), freshSlot()),
      Retry: 3,
      Delay: 10,
    });

  it(`done is acknowledged by both, and is an event for a Broker (${host} host)`, async () => {
    const [tick, event] = [await sendTick('PingSource'), await sendTick('Broker')];
    expect([tick, event]).toMatchObject([{ acked: true }, { acked: true, reply: { ...DONE, subject: 'full-order' } }]);
    expect([statusesOf(tick), statusesOf(event), leke.calls.count()]).toEqual([[200], [200], 2]);
  });

  it(`skipped is an event for a Broker (${host} host)`, async () => {
    fullOrder.configure('tasks: { full-order: { paused: "moving" } }\n');
    const event = await sendTick('Broker');
    expect(event).toMatchObject({ acked: true, reply: { type: 'bi.cron.run.skipped' } });
    expect(leke.calls.count()).toBe(0);
  });

  it(`unavailable is repeated by both with one run key, until they give up (${host} host)`, async () => {
    leke.faults.set({ kind: 'status', code: 'ABORTED' });
    for (const [policy, count] of [
      ['PingSource', 6],
      ['Broker', 4],
    ] as const) {
      leke.calls.clear();
      const { attempts, acked } = await sendTick(policy);
      expect([acked, attempts.map(({ status }) => status)]).toEqual([false, Array(count).fill(503)]);
      const runKeys = leke.calls.all().map(({ runKey }) => runKey);
      expect(runKeys).toHaveLength(count);
      expect(new Set(runKeys).size).toBe(1);
    }
  });

  it(`unavailable twice, then done, is one piece of work for both (${host} host)`, async () => {
    for (const policy of ['PingSource', 'Broker'] as const) {
      leke.faults.set({ kind: 'status', code: 'ABORTED', times: 2 });
      const before = leke.workDone;
      const delivery = await sendTick(policy);
      expect([statusesOf(delivery), delivery.acked, leke.workDone - before]).toEqual([[503, 503, 200], true, 1]);
    }
  });

  it(`unknown in a task that may not be repeated is repeated by neither (${host} host)`, async () => {
    leke.faults.set({ kind: 'status', code: 'INTERNAL' });
    const [tick, event] = [await sendTick('PingSource'), await sendTick('Broker')];
    expect([statusesOf(tick), statusesOf(event), leke.calls.count()]).toEqual([[500], [422], 2]);
    expect(JSON.parse(event.body)).toMatchObject({ outcome: 'unknown', reason: 'backend' });
  });

  it(`a backend that closes the connection is asked once by both (${host} host)`, async () => {
    leke.faults.set({ kind: 'close-connection', when: 'before-reply' });
    const [tick, event] = [await sendTick('PingSource'), await sendTick('Broker')];
    expect([statusesOf(tick), statusesOf(event), leke.calls.count()]).toEqual([[500], [422], 2]);
  });

  it(`an invalid event is repeated by neither (${host} host)`, async () => {
    for (const Policy of ['PingSource', 'Broker'] as const) {
      const Event = { ...tickEvent('full-order', 'x'.repeat(300), freshSlot()) };
      const delivery = await sendEvent(valuesOf(part), {
        Policy,
        Target: fullOrder.fn.url,
        Event,
        Retry: 3,
        Delay: 10,
      });
      expect(statusesOf(delivery)).toEqual([400]);
    }
    expect(leke.calls.count()).toBe(0);
  });
}

it('a backend that hangs is called twice by one tick of a task that may be repeated', async () => {
  const testEnv = await startRealEnv('increment-order', 'image');
  testEnv.pointTo(leke.port);
  testEnv.configure('tasks: { increment-order: { timeout: 300ms } }\n');
  leke.faults.set({ kind: 'hang' });
  leke.calls.clear();
  const Event = tickEvent('increment-order', freshId(), freshSlot());
  const tick = await sendEvent(valuesOf(part), { Policy: 'PingSource', Target: testEnv.fn.url, Event });
  await testEnv.close();
  expect([statusesOf(tick), leke.calls.count()]).toEqual([[503, 500], 2]);
});
