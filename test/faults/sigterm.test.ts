import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { FunctionProcess } from '../../tools/stack/function-process.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { hasReadAll } from '../support/has-read-all.ts';
import { waitUntil } from '../support/wait-until.ts';
import { freshSlot, launch, linesOf, openPlatform, sendTick, type OnTestFinished, type Platform } from './platform.ts';
import { exchangeRaw } from './raw-http.ts';
import { launchWarm } from './warm-function.ts';

const HEAD = `POST / HTTP/1.1\r\nHost: fn\r\nCe-Specversion: 1.0\r\nCe-Id: term-1\r\nCe-Source: /test\r\nCe-Type: bi.cron.run.requested\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n`;

const nacosWasAsked = (platform: Platform): Promise<void> =>
  waitUntil(() => expect(platform.questions().length).toBeGreaterThan(0));

/** A platform, and a process that has answered a tick and reaches the backend through a proxy. */
async function open(onTestFinished: OnTestFinished) {
  const platform = await openPlatform(onTestFinished);
  const proxy = await openTcpProxy(platform.backend.port);
  onTestFinished(() => proxy.close());
  const fn = await launchWarm(platform);
  platform.register({ port: proxy.port });
  expect((await sendTick(fn, freshSlot())).status).toBe(200); // connects through it
  platform.backend.calls.clear();
  platform.nacos.requests.clear();
  return { platform, proxy, fn };
}

/** Resolves when the process refuses new events: the signal has come. Gives how many it took before. */
async function refusesEvents(fn: FunctionProcess): Promise<number> {
  let taken = 0;
  await waitUntil(async () => {
    const { status } = await sendTick(fn, freshSlot());
    if (status === 200) taken += 1;
    expect(status).toBe(503);
  });
  return taken;
}

describe('SIGTERM', { concurrent: true }, () => {
  it('before the body has come: 503 before anything was sent, and the process ends', async ({ onTestFinished }) => {
    const { platform, fn } = await open(onTestFinished);
    let taken = 1;
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(HEAD);
      await setImmediate();
      const sent = await sendTick(fn, freshSlot()); // the headers before it have been read
      expect(sent.status).toBe(200);
      void fn.stop();
      taken += await refusesEvents(fn);
      yield Buffer.from('{}');
    }
    const answer = await exchangeRaw(fn.url, pieces());
    expect([answer.status, answer.count]).toEqual([503, 1]);
    expect(JSON.parse(answer.body)).toMatchObject({ outcome: 'unavailable', reason: 'draining' });
    expect(await fn.ended).toBe(0);
    expect(platform.backend.calls.count()).toBe(taken); // the ticks before the signal
  });

  it('while Nacos is asked: the run goes on, is called once and answered', async ({ onTestFinished }) => {
    const { platform, fn } = await open(onTestFinished);
    await platform.nacos.faults.set({ slow: 500 });
    const answer = sendTick(fn, freshSlot());
    await nacosWasAsked(platform);
    await hasReadAll(fn.url);
    expect([await fn.stop(), (await answer).status, platform.backend.calls.count()]).toEqual([0, 200, 1]);
  });

  it('while a cold process asks Nacos: the run goes on, is called once and answered', async ({ onTestFinished }) => {
    const platform = await openPlatform(onTestFinished);
    await platform.nacos.faults.set({ slow: 500 });
    const fn = await launch(platform);
    const answer = sendTick(fn, freshSlot());
    await nacosWasAsked(platform);
    await hasReadAll(fn.url);
    const [exit, { status }] = [await fn.stop(), await answer];
    expect(exit).toBe(0);
    expect([status, platform.backend.calls.count()]).toEqual([200, 1]);
  });

  it('during the call: it ends and is answered; a new event is refused meanwhile, the same one joins', async ({
    onTestFinished,
  }) => {
    const { platform, proxy, fn } = await open(onTestFinished);
    proxy.hold();
    const received = platform.backend.calls.next();
    const slot = freshSlot();
    const answer = sendTick(fn, slot);
    await received;
    const ended = fn.stop();
    await refusesEvents(fn);
    const joined = sendTick(fn, slot);
    await hasReadAll(fn.url);
    proxy.release();
    expect([(await answer).status, (await joined).status, await ended]).toEqual([200, 200, 0]);
    expect(platform.backend.calls.count()).toBe(1);
    expect(linesOf(fn, slot)).toMatchObject([{ outcome: 'done', callers: 2 }]);
  });

  it('twice, and SIGINT on top: the call ends and is answered', async ({ onTestFinished }) => {
    const { platform, proxy, fn } = await open(onTestFinished);
    proxy.hold();
    const received = platform.backend.calls.next();
    const answer = sendTick(fn, freshSlot());
    await received;
    void fn.stop();
    void fn.stop();
    const ended = fn.stop('SIGINT');
    await refusesEvents(fn);
    proxy.release();
    expect([await ended, (await answer).status, platform.backend.calls.count()]).toEqual([0, 200, 1]);
  });

  it('during a call that never ends: the deadline ends it, it is answered, and the process ends', async ({
    onTestFinished,
  }) => {
    const { platform, fn } = await open(onTestFinished);
    platform.configure('env: dev\ntasks: { increment-order: { timeout: 1s } }\n');
    platform.backend.faults.set({ kind: 'hang' });
    const received = platform.backend.calls.next();
    const slot = freshSlot();
    const answer = sendTick(fn, slot);
    await received;
    expect([await fn.stop(), (await answer).status, platform.backend.calls.count()]).toEqual([0, 503, 1]);
    expect(linesOf(fn, slot)).toMatchObject([{ outcome: 'unknown', reason: 'deadline' }]);
  });

  it.for([1, 2, 3, 4, 5, 6, 7, 8])(
    'at any moment of a tick, try %i: what was called is answered, or nothing was called',
    async (turn, { onTestFinished }) => {
      const { platform, fn } = await open(onTestFinished);
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

  it('when nothing runs: the process ends at once with status 0', async ({ onTestFinished }) => {
    const fn = await launch(await openPlatform(onTestFinished));
    expect(await fn.stop()).toBe(0);
  });
});

describe('a caller that hangs up', { concurrent: true }, () => {
  it('in mid-call: the RPC is cancelled at the backend, and the next tick is done', async ({ onTestFinished }) => {
    const { platform, fn } = await open(onTestFinished);
    platform.backend.faults.set({ kind: 'hang', times: 1 });
    const received = platform.backend.calls.next();
    const slot = freshSlot();
    const caller = new AbortController();
    const answer = sendTick(fn, slot, 'increment-order', caller.signal);
    const call = await received;
    caller.abort();
    expect((await answer).status).toBeUndefined();
    expect(await call.ended).toBe('cancelled');
    await waitUntil(() => expect(linesOf(fn, slot)).toMatchObject([{ outcome: 'unknown', reason: 'cancelled' }]));
    expect((await sendTick(fn, freshSlot())).status).toBe(200);
    await fn.stop();
  });

  it('while Nacos is asked: nothing is called', async ({ onTestFinished }) => {
    const { platform, fn } = await open(onTestFinished);
    await platform.nacos.faults.set('hang');
    const slot = freshSlot();
    const caller = new AbortController();
    const answer = sendTick(fn, slot, 'increment-order', caller.signal);
    await nacosWasAsked(platform);
    await hasReadAll(fn.url);
    caller.abort();
    await answer;
    await waitUntil(() => expect(linesOf(fn, slot)).toMatchObject([{ outcome: 'unavailable', reason: 'caller' }]));
    await platform.nacos.faults.clear();
    expect((await sendTick(fn, freshSlot())).status).toBe(200);
    expect(platform.backend.calls.count()).toBe(1);
    await fn.stop();
  });

  it('leaves the run to the one who sent the same tick again', async ({ onTestFinished }) => {
    const { platform, proxy, fn } = await open(onTestFinished);
    proxy.hold();
    const received = platform.backend.calls.next();
    const slot = freshSlot();
    const caller = new AbortController();
    const first = sendTick(fn, slot, 'increment-order', caller.signal);
    await received;
    const second = sendTick(fn, slot);
    await hasReadAll(fn.url);
    caller.abort();
    expect((await first).status).toBeUndefined();
    proxy.release();
    expect([(await second).status, platform.backend.calls.count()]).toEqual([200, 1]);
    await fn.stop();
  });
});
