import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FunctionProcess } from '../../tools/platform/function-process.ts';
import { freshSlot, launch, linesOf, sendTick, startPlatform, type Platform } from './platform.ts';
import { exchangeRaw } from './raw-http.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.close());
beforeEach(() => platform.reset());

const HEAD = `POST / HTTP/1.1\r\nHost: fn\r\nCe-Specversion: 1.0\r\nCe-Id: term-1\r\nCe-Source: /test\r\nCe-Type: bi.cron.run.requested\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n`;

/** A process that has answered one event, with nothing counted. */
async function launchWarm(env: Record<string, string> = {}): Promise<FunctionProcess> {
  const fn = await launch(platform, env);
  expect((await sendTick(fn, freshSlot())).status).toBe(200);
  await platform.reset();
  return fn;
}

async function nacosWasAsked(): Promise<void> {
  await expect.poll(() => platform.questions().length).toBeGreaterThan(0);
}

describe('SIGTERM', () => {
  it('before the body has come: 503 before anything was sent, and the process ends', async () => {
    const fn = await launchWarm();
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(HEAD);
      await setImmediate();
      const sent = await sendTick(fn, freshSlot()); // the headers before it have been read
      expect(sent.status).toBe(200);
      void fn.stop();
      await expect.poll(async () => (await sendTick(fn, freshSlot())).status).not.toBe(200);
      yield Buffer.from('{}');
    }
    const answer = await exchangeRaw(fn.url, pieces());
    expect([answer.status, answer.count]).toEqual([503, 1]);
    expect(JSON.parse(answer.body)).toMatchObject({ outcome: 'unavailable', reason: 'draining' });
    expect(await fn.ended).toBe(0);
    expect(platform.backend.calls.count()).toBe(1); // the tick before the signal
  });

  it('while Nacos is asked: the run goes on, is called once and answered', async () => {
    const fn = await launchWarm();
    await platform.nacos.faults.set({ slow: 250 });
    const answer = sendTick(fn, freshSlot());
    await nacosWasAsked();
    expect([await fn.stop(), (await answer).status, platform.backend.calls.count()]).toEqual([0, 200, 1]);
  });

  it('while a cold process asks Nacos: the run goes on, is called once and answered', async () => {
    await platform.nacos.faults.set({ slow: 250 });
    const fn = await launch(platform);
    const answer = sendTick(fn, freshSlot());
    await nacosWasAsked();
    expect((await fetch(fn.url)).status).toBe(405); // what came before it has been read, too
    const [exit, { status }] = [await fn.stop(), await answer];
    expect(exit).toBe(0);
    expect([status, platform.backend.calls.count()]).toEqual([200, 1]);
  });

  it('during the call: it ends and is answered; a new event is refused meanwhile, the same one joins', async () => {
    const fn = await launchWarm();
    platform.backend.faults.set({ kind: 'slow', ms: 500 });
    const received = platform.backend.calls.next();
    const slot = freshSlot();
    const answer = sendTick(fn, slot);
    await received;
    const ended = fn.stop();
    await expect.poll(() => sendTick(fn, freshSlot())).toMatchObject({ status: 503 });
    const joined = sendTick(fn, slot);
    expect([(await answer).status, (await joined).status, await ended]).toEqual([200, 200, 0]);
    expect(platform.backend.calls.count()).toBe(1);
    expect(linesOf(fn, slot)).toMatchObject([{ outcome: 'done', callers: 2 }]);
  });

  it('twice, and SIGINT on top: the call ends and is answered', async () => {
    const fn = await launchWarm();
    platform.backend.faults.set({ kind: 'slow', ms: 400 });
    const received = platform.backend.calls.next();
    const answer = sendTick(fn, freshSlot());
    await received;
    void fn.stop();
    void fn.stop();
    expect([await fn.stop('SIGINT'), (await answer).status, platform.backend.calls.count()]).toEqual([0, 200, 1]);
  });

  it('during a call that never ends: the deadline ends it, it is answered, and the process ends', async () => {
    const fn = await launchWarm();
    platform.backend.faults.set({ kind: 'hang' });
    const received = platform.backend.calls.next();
    const slot = freshSlot();
    const answer = sendTick(fn, slot);
    await received;
    expect([await fn.stop(), (await answer).status, platform.backend.calls.count()]).toEqual([0, 503, 1]);
    expect(linesOf(fn, slot)).toMatchObject([{ outcome: 'unknown', reason: 'deadline' }]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'at any moment of a tick, try %i: what was called is answered, or nothing was called',
    async (turn) => {
      const fn = await launchWarm();
      const slot = freshSlot();
      const answer = sendTick(fn, slot);
      const until = performance.now() + turn * 2; // spread over the few ms that a run takes
      while (performance.now() < until) await setImmediate();
      expect(await fn.stop()).toBe(0);
      const { status } = await answer;
      const calls = platform.backend.calls.count();
      expect(['200 after 1', '503 after 0', 'undefined after 0']).toContain(`${status} after ${calls}`); // undefined: the port was closed
    },
  );

  it('when nothing runs: the process ends at once with status 0', async () => {
    const fn = await launch(platform);
    expect(await fn.stop()).toBe(0);
  });
});

describe('a caller that hangs up', () => {
  it('in mid-call: the RPC is cancelled at the backend, and the next tick is done', async () => {
    const fn = await launchWarm();
    platform.backend.faults.set({ kind: 'hang', times: 1 });
    const received = platform.backend.calls.next();
    const slot = freshSlot();
    const caller = new AbortController();
    const answer = sendTick(fn, slot, 'increment-order', caller.signal);
    const call = await received;
    caller.abort();
    expect((await answer).status).toBeUndefined();
    expect(await call.ended).toBe('cancelled');
    await expect.poll(() => linesOf(fn, slot)).toMatchObject([{ outcome: 'unknown', reason: 'cancelled' }]);
    expect((await sendTick(fn, freshSlot())).status).toBe(200);
    await fn.stop();
  });

  it('while Nacos is asked: nothing is called', async () => {
    const fn = await launchWarm();
    await platform.nacos.faults.set('hang');
    const slot = freshSlot();
    const caller = new AbortController();
    const answer = sendTick(fn, slot, 'increment-order', caller.signal);
    await nacosWasAsked();
    caller.abort();
    await answer;
    await expect.poll(() => linesOf(fn, slot)).toMatchObject([{ outcome: 'unavailable', reason: 'caller' }]);
    await platform.nacos.faults.clear();
    expect((await sendTick(fn, freshSlot())).status).toBe(200);
    expect(platform.backend.calls.count()).toBe(1);
    await fn.stop();
  });

  it('leaves the run to the one who sent the same tick again', async () => {
    const fn = await launchWarm();
    platform.backend.faults.set({ kind: 'slow', ms: 400, times: 1 });
    const received = platform.backend.calls.next();
    const slot = freshSlot();
    const caller = new AbortController();
    const first = sendTick(fn, slot, 'increment-order', caller.signal);
    await received;
    const second = sendTick(fn, slot);
    await new Promise((resolve) => void setTimeout(resolve, 50)); // no sign tells that it has joined
    caller.abort();
    expect([(await first).status, (await second).status, platform.backend.calls.count()]).toEqual([undefined, 200, 1]);
    await fn.stop();
  });
});
