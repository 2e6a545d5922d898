import { EventEmitter } from 'node:events';
import type { Client } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadMethod } from './grpc/method.ts';
import { RunError } from './run-error.ts';
import { TRIGGER } from '../../test/support/run-result.ts';
import { startTestEnv, PROBE, type TestEnv } from '../../test/support/run.ts';

let testEnv: TestEnv;
beforeEach(async () => {
  testEnv = await startTestEnv();
});

test('a run that ends well knows all about itself', async () => {
  expect(await testEnv.run({ tools: { bootMs: 80 }, prefetchMs: 10, findMs: 20 })).toEqual({
    trigger: TRIGGER,
    ending: { outcome: 'done', reason: 'done' },
    error: undefined,
    grpcCode: 'OK',
    holder: undefined,
    target: '10.0.0.7:9000',
    source: 'nacos',
    documents: new Map([['bi-cron.yaml', 'env: dev']]),
    window: undefined,
    summary: { rows: 7 },
    cold: true,
    isFinal: false,
    ms: { boot: 80, config: 10, resolve: 20, call: 0, total: 30 },
  });
});

test('the call carries the identity of the run', async () => {
  await testEnv.run({}, { eventId: 'Größe 5' });
  const [call] = testEnv.backend.calls.all();
  expect(call?.metadata).toMatchObject({
    'x-run-key': TRIGGER.runKey,
    'x-request-id': 'Gr%C3%B6%C3%9Fe%205',
    traceparent: TRIGGER.traceparent,
  });
  expect(call?.request).toMatchObject({
    run: {
      runKey: TRIGGER.runKey,
      slot: '2026-11-22T05:40:00.000Z',
      trigger: 'TRIGGER_KIND_SCHEDULED',
      task: 'goods-onsale',
    },
    shopIds: ['100001'],
  });
});

test('a re-run has the same key for the backend, and tells its attempt, in ASCII', async () => {
  await testEnv.run({}, { kind: 'manual', rerunOf: TRIGGER.runKey, attempt: 'é 1', eventId: 'é 1' });
  expect(testEnv.backend.calls.all()[0]?.metadata).toMatchObject({
    'x-run-key': TRIGGER.runKey,
    'x-run-attempt': '%C3%A9%201',
    'x-request-id': '%C3%A9%201',
  });
});

test('a run that is not the first of its process is not cold', async () => {
  const { cold, ms } = await testEnv.run();
  expect(cold).toBe(false);
  expect(ms).not.toHaveProperty('boot');
});

test('ALREADY_EXISTS is done, without a summary', async () => {
  testEnv.backend.faults.set({ kind: 'status', code: 'ALREADY_EXISTS' });
  expect(await testEnv.run()).toMatchObject({
    ending: { outcome: 'done', reason: 'done' },
    grpcCode: 'ALREADY_EXISTS',
    summary: undefined,
    error: undefined,
  });
});

describe('a paused task', () => {
  const config = { paused: 'shop migration until Friday' };

  test('skips its ticks before anything is called', async () => {
    const result = await testEnv.run({ config });
    expect(result.ending).toEqual({ outcome: 'skipped', reason: 'paused' });
    expect(result.error?.message).toBe('paused: shop migration until Friday');
    expect(Object.keys(result.ms)).toEqual(['config', 'total']);
    expect(testEnv.backend.calls.count()).toBe(0);
  });

  test.each(['manual', 'backfill'] as const)('still runs when it is asked to (%s)', async (kind) => {
    expect((await testEnv.run({ config }, { kind })).ending.outcome).toBe('done');
  });
});

describe('the deadline of the call', () => {
  test('is the configured timeout', async () => {
    await testEnv.run({ config: { timeoutMs: 20_000 } });
    expect(testEnv.backend.calls.all()[0]?.deadlineMs).toBeLessThanOrEqual(20_000);
    expect(testEnv.backend.calls.all()[0]?.deadlineMs).toBeGreaterThan(10_000);
  });

  test('is what is left of the budget, when that is less', async () => {
    await testEnv.run({
      tools: { budgetMs: 100_000 },
      config: { timeoutMs: 90_000 },
      prefetchMs: 50_000,
      findMs: 20_000,
    });
    expect(testEnv.backend.calls.all()[0]?.deadlineMs).toBeLessThanOrEqual(30_000);
    expect(testEnv.backend.calls.all()[0]?.deadlineMs).toBeGreaterThan(20_000);
  });

  test.each([0, 1])(
    'a budget spent before the call (%i ms over) is unavailable, and nothing is sent',
    async (overMs) => {
      const result = await testEnv.run({ tools: { budgetMs: 100_000 }, findMs: 100_000 + overMs });
      expect(result.ending).toEqual({ outcome: 'unavailable', reason: 'budget' });
      expect(result.error?.message).toBe(
        'RUN_BUDGET: expected the run to reach its call within 100000 ms, got no further',
      );
      expect(result.target).toBe('10.0.0.7:9000');
      expect(testEnv.backend.calls.count()).toBe(0);
    },
  );

  test('a timeout longer than a timer can be is cut', async () => {
    const result = await testEnv.run({ tools: { budgetMs: 2 ** 31 - 1000 }, config: { timeoutMs: 2 ** 40 } });
    expect(result.ending.outcome).toBe('done');
  });
});

describe('a run that fails', () => {
  const config = new RunError({ outcome: 'rejected', reason: 'config' }, 'bad', { field: 'env' });

  test('in its configuration says so, and goes no further', async () => {
    const result = await testEnv.run({ tools: { prefetch: () => Promise.reject(config) } });
    expect(result).toMatchObject({ ending: config.ending, error: config, source: undefined, target: undefined });
    expect(Object.keys(result.ms)).toEqual(['config', 'total']);
  });

  test('in finding a target has sent nothing', async () => {
    const gone = new RunError({ outcome: 'unavailable', reason: 'instance' }, 'none');
    const result = await testEnv.run({ findTarget: () => Promise.reject(gone) });
    expect(result).toMatchObject({ ending: gone.ending, error: gone, source: 'nacos', target: undefined });
    expect(Object.keys(result.ms)).toEqual(['config', 'resolve', 'total']);
    expect(testEnv.backend.calls.count()).toBe(0);
  });

  test('in its request asks for no target', async () => {
    const check = () => [{ field: 'pageSize', expected: '1 to 200', got: 0 }];
    const result = await testEnv.run({ tools: { task: { ...PROBE, check } } });
    expect(result.ending).toEqual({ outcome: 'rejected', reason: 'config' });
    expect(result.ms).not.toHaveProperty('resolve');
  });

  test('in its call knows the status', async () => {
    testEnv.backend.faults.set({ kind: 'status', code: 'FAILED_PRECONDITION', message: 'no session' });
    const result = await testEnv.run();
    expect(result).toMatchObject({
      ending: { outcome: 'rejected', reason: 'backend' },
      grpcCode: 'FAILED_PRECONDITION',
      target: '10.0.0.7:9000',
    });
    expect(result.error?.message).toBe(
      'bi-api-leke at 10.0.0.7:9000: expected OK, got FAILED_PRECONDITION (no session)',
    );
  });

  test('by a bug behind the call knows that the call was OK', async () => {
    const summarise = (): never => {
      throw new TypeError('x');
    };
    expect(await testEnv.run({ tools: { task: { ...PROBE, summarise } } })).toMatchObject({
      ending: { outcome: 'unknown', reason: 'bug' },
      grpcCode: 'OK',
      error: { cause: expect.any(TypeError) },
    });
  });

  test('by a malformed reply is unknown, and not a bug', async () => {
    const method = await loadMethod<object, object>(PROBE.rpc);
    const decode = () => method.decode(Buffer.from([0x0a, 5, 1]));
    const result = await testEnv.run({ tools: { method: { ...method, decode } } });
    expect(result).toMatchObject({ ending: { outcome: 'unknown', reason: 'backend' }, grpcCode: 'OK' });
  });
});

test('an abort between the phases stops the run before its call', async () => {
  const caller = new AbortController();
  const reason = new RunError({ outcome: 'unavailable', reason: 'caller' }, 'gone');
  const result = await testEnv.run({ onPrepared: () => caller.abort(reason) }, {}, caller.signal);
  expect(result.ending).toEqual({ outcome: 'unavailable', reason: 'caller' });
  expect(result.error).toBe(reason);
  expect(testEnv.backend.calls.count()).toBe(0);
});

describe('a step that never ends is left behind', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  const never = (): Promise<never> => new Promise(() => {});

  test('before the call: nothing was done', async () => {
    const running = testEnv.run({ tools: { prefetch: never, budgetMs: 10_000 } });
    await vi.advanceTimersByTimeAsync(11_500);
    expect(await running).toMatchObject({ ending: { outcome: 'unavailable', reason: 'budget' } });
  });

  test('the call itself: nobody knows', async () => {
    const running = Object.assign(new EventEmitter(), { cancel: () => {} });
    const client = { makeServerStreamRequest: () => running } as unknown as Client; // a grpc-js that forgets its callback
    const result = testEnv.run({
      tools: { budgetMs: 10_000 },
      findTarget: () => Promise.resolve({ address: '10.0.0.7:9000', client }),
    });
    await vi.advanceTimersByTimeAsync(11_500);
    expect(await result).toMatchObject({ ending: { outcome: 'unknown', reason: 'backend' }, target: '10.0.0.7:9000' });
  });
});
