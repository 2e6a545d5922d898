import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Fault as BackendFault } from '../../tools/stack/backends/faults.ts';
import { startGeneric } from '../../tools/stack/backends/start-backend.ts';
import { startLeke } from '../../tools/stack/backends/leke.ts';
import { assertFault, type Fault } from './assert-fault.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';
import { freshSlot, linesOf, openPlatform, sendTick, SHORT_BUDGET_MS, type Platform } from './platform.ts';
import { serveTcp } from './serve-tcp.ts';
import { launchWarm, useWarmFunction } from './warm-function.ts';

const NACOS = 3;
const UNKNOWN = { ending: 'unknown: backend', status: 503, rpcs: 1, nacos: NACOS };
const LATE = { ending: 'unknown: deadline', status: 503, rpcs: 1, nacos: NACOS };
const NOBODY = { ending: 'unavailable: instance', status: 503, rpcs: 0, nacos: NACOS };
const DONE = { ending: 'done: done', status: 200, rpcs: 1, nacos: NACOS };

const warm = useWarmFunction();

const does = (fault: BackendFault) => (p: Platform) => p.backend.faults.set(fault);
const withTimeout = (timeout: string, fault: BackendFault) => (p: Platform) => {
  p.configure(`env: dev\ntasks: { increment-order: { timeout: ${timeout} } }\n`);
  p.backend.faults.set(fault);
};
const MIB = 1024 * 1024;

describe('a backend that', () => {
  it.each<Fault>([
    {
      title: 'resets before it works',
      arrange: does({ kind: 'close-connection', when: 'on-receive' }),
      ...UNKNOWN,
      work: 0,
    },
    { title: 'resets after it worked', arrange: does({ kind: 'close-connection', when: 'before-reply' }), ...UNKNOWN },
    { title: 'is slow, but within the deadline', arrange: withTimeout('8s', { kind: 'slow', ms: 300 }), ...DONE },
    {
      title: 'never answers: the timeout ends the call',
      arrange: withTimeout('500ms', { kind: 'hang' }),
      ...LATE,
      work: 0,
    },
    { title: 'answers 1 MiB more than is known', arrange: does({ kind: 'huge-reply', bytes: MIB }), ...DONE },
    {
      title: 'answers more than gRPC takes: the work is done',
      arrange: does({ kind: 'huge-reply', bytes: 5 * MIB }),
      ...UNKNOWN,
    },
    {
      title: 'refuses with a text of 64 KiB',
      arrange: does({ kind: 'status', code: 'INVALID_ARGUMENT', message: 'x\r\n"\u0000'.repeat(1200) }),
      ending: 'rejected: backend',
      status: 422,
      rpcs: 1,
      work: 0,
      nacos: NACOS,
    },
    {
      title: 'refuses in Chinese',
      arrange: does({ kind: 'status', code: 'RESOURCE_EXHAUSTED', message: '接口调用超限'.repeat(80) }),
      ending: 'unavailable: backend',
      status: 503,
      rpcs: 1,
      work: 0,
      nacos: NACOS,
      says: '接口调用超限',
    },
  ])('$title -> $status $ending, $rpcs RPC', (fault) => expect(assertFault(fault, warm)).resolves.toBe(200));

  it('works on past the deadline: unknown, and the work is done behind our back', async () => {
    const { platform, fn } = warm;
    await platform.reset();
    const work = Promise.withResolvers<object>();
    const late = await startGeneric({
      protoFile: 'bi/leke/v1/order.proto',
      service: 'bi.leke.v1.OrderService',
      handlers: { TaobaoSyncIncrementOrder: () => work.promise },
    });
    onTestFinished(() => late.stop());
    platform.register({ port: late.port });
    platform.configure('env: dev\ntasks: { increment-order: { timeout: 500ms } }\n');
    const slot = freshSlot();
    expect((await sendTick(fn, slot)).status).toBe(503);
    await waitUntil(() => expect(linesOf(fn, slot)).toMatchObject([{ outcome: 'unknown', reason: 'deadline' }]));
    expect([late.calls.count(), late.workDone]).toEqual([1, 0]);
    work.resolve({ ordersRead: 1 });
    await waitUntil(() => expect(late.workDone).toBe(1));
    await platform.reset();
    expect((await sendTick(fn, freshSlot())).status).toBe(200);
    expect([late.calls.count(), platform.backend.calls.count()]).toEqual([1, 1]);
  });

  it('stops in mid-call (GOAWAY) finishes the call: done, and the next tick finds its successor', async () => {
    const { platform, fn } = warm;
    await platform.reset();
    const old = await startLeke();
    onTestFinished(() => old.kill());
    platform.register({ port: old.port });
    old.faults.set({ kind: 'slow', ms: 300 });
    const received = old.calls.next();
    const slot = freshSlot();
    const answer = sendTick(fn, slot);
    await received;
    const stopped = old.stop();
    expect((await answer).status).toBe(200);
    await stopped;
    expect([old.calls.count(), old.workDone]).toEqual([1, 1]);
    platform.register({});
    expect((await sendTick(fn, freshSlot())).status).toBe(200);
    expect([old.calls.count(), platform.backend.calls.count()]).toEqual([1, 1]);
  });

  it('crashes between two ticks, and is still listed: 503, no call', async () => {
    const { platform, fn } = warm;
    const gone = await startLeke();
    platform.register({ port: gone.port });
    expect((await sendTick(fn, freshSlot())).status).toBe(200);
    expect(
      await assertFault(
        {
          title: 'crashed',
          arrange: (p) => {
            p.register({ port: gone.port });
            gone.kill();
          },
          ...NOBODY,
          says: 'expected a connection to',
        },
        warm,
      ),
    ).toBe(200);
    expect(gone.calls.count()).toBe(1);
  });

  it('crashes in mid-call: unknown, one call, and its successor is asked by the next tick only', async () => {
    const { platform, fn } = warm;
    await platform.reset();
    const gone = await startLeke();
    platform.register({ port: gone.port });
    gone.faults.set({ kind: 'slow', ms: 5000 });
    const received = gone.calls.next();
    const slot = freshSlot();
    const answer = sendTick(fn, slot);
    await received;
    platform.register({});
    gone.kill();
    expect((await answer).status).toBe(503);
    await waitUntil(() => expect(linesOf(fn, slot)).toMatchObject([{ outcome: 'unknown', reason: 'backend' }]));
    expect([gone.calls.count(), platform.backend.calls.count()]).toEqual([1, 0]);
    expect((await sendTick(fn, freshSlot())).status).toBe(200);
  });

  it('said UNAVAILABLE five times is called six times by a PingSource, and works once', async () => {
    const { platform, fn } = warm;
    await platform.reset();
    platform.backend.faults.set({ kind: 'status', code: 'UNAVAILABLE', times: 5 });
    const before = platform.backend.workDone;
    const slot = freshSlot();
    const statuses: (number | undefined)[] = [];
    while (statuses.length < 6 && statuses.at(-1) !== 200) statuses.push((await sendTick(fn, slot)).status);
    expect(statuses).toEqual([503, 503, 503, 503, 503, 200]);
    expect([platform.backend.calls.count(), platform.backend.workDone - before]).toEqual([6, 1]);
    expect(new Set(platform.backend.calls.all().map(({ runKey }) => runKey)).size).toBe(1);
  });
});

describe('an instance that', () => {
  it.each<Fault>([
    { title: 'refuses', arrange: ({ register }) => register({ port: 1 }), ...NOBODY },
    {
      title: 'is one of three, the others dead',
      arrange: ({ register }) => register({ port: 1 }, { port: 2 }, {}),
      ...DONE,
    },
    {
      title: 'is one of three, the others dead and of more weight',
      arrange: ({ register }) => register({ port: 1, weight: 1000 }, { port: 2, weight: 1000 }, { weight: 1 }),
      ...DONE,
    },
  ])('$title -> $status $ending, $rpcs RPC', (fault) => expect(assertFault(fault, warm)).resolves.toBe(200));

  it.each<[string, (socket: Socket) => void, Omit<Fault, 'title' | 'arrange'>]>([
    ['accepts and closes', (socket) => socket.end(), NOBODY],
    ['accepts and resets', (socket) => void socket.resetAndDestroy(), NOBODY],
    ['speaks HTTP/1.1', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'), NOBODY],
    ['speaks garbage', (socket) => socket.write(Buffer.alloc(4096, 7)), NOBODY],
  ])('%s -> no call', async (title, answer, expected) => {
    const port = await serveTcp(answer, onTestFinished);
    expect(await assertFault({ title, arrange: ({ register }) => register({ port }), ...expected }, warm)).toBe(200);
  });

  it('accepts and never answers costs 300 ms when there is another: done', async () => {
    const port = await serveTcp(() => {}, onTestFinished);
    expect(
      await assertFault(
        { title: 'black hole', arrange: ({ register }) => register({ port, weight: 1e6 }, { weight: 1e-6 }), ...DONE },
        warm,
      ),
    ).toBe(200);
  });
});

it('a path to a kept connection that falls silent costs one run: the next reaches the instance beside it', async () => {
  const { platform, fn } = warm;
  await platform.reset();
  platform.configure('env: dev\ntasks: { increment-order: { timeout: 500ms } }\n');
  const path = await openTcpProxy(platform.backend.port);
  onTestFinished(() => path.close());
  platform.register({ port: path.port });
  expect((await sendTick(fn, freshSlot())).status).toBe(200);
  path.hold();
  const slot = freshSlot();
  expect((await sendTick(fn, slot)).status).toBe(503);
  await waitUntil(() => expect(linesOf(fn, slot)).toMatchObject([{ outcome: 'unknown', reason: 'deadline' }]));
  platform.register({ port: path.port, weight: 1e6 }, { weight: 1e-6 });
  expect((await sendTick(fn, freshSlot())).status).toBe(200);
});

describe('only the budget ends', { concurrent: true }, () => {
  it.for<[string, (platform: Platform, port: number) => unknown, Omit<Fault, 'title' | 'arrange'>]>([
    ['a call that is never answered', does({ kind: 'hang' }), { ...LATE, work: 0 }],
    [
      'a connection that is accepted and never spoken on',
      ({ register }, port) => register({ port }),
      { ...NOBODY, ending: 'unavailable: budget' },
    ],
  ])('%s', async ([title, arrange, expected], { onTestFinished }) => {
    const platform = await openPlatform(onTestFinished);
    const port = await serveTcp(() => {}, onTestFinished);
    const fn = await launchWarm(platform, { RUN_BUDGET: `${SHORT_BUDGET_MS}ms` });
    onTestFinished(async () => void (await fn.stop()));
    const fault = { title, arrange: () => arrange(platform, port), ...expected, budgetMs: SHORT_BUDGET_MS };
    expect(await assertFault(fault, { platform, fn })).toBe(200);
  });
});
