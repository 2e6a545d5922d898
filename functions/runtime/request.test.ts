import { beforeAll, describe, expect, test } from 'vitest';
import type { TaskConfig } from './config/validate.ts';
import type { Trigger } from './event/read.ts';
import { loadMethod, type Method } from './grpc/method.ts';
import { unary } from './grpc/rpc.ts';
import { buildRequest, readData } from './request.ts';
import { RunError, Description } from './run-error.ts';
import type { Problem } from './checks.ts';
import type { Task, RunInfo } from './task.ts';
import { TRIGGER } from '../../test/support/run-result.ts';

const RPC = unary<object, object>('bi/leke/v1/goods.proto', 'bi.leke.v1.GoodsService/TaobaoItemsOnsale');
const NOW = new Date('2026-11-22T05:40:03.210Z');
let method: Method<object, object>;
beforeAll(async () => {
  method = await loadMethod(RPC);
});

function makeTask(changes: Partial<Task> = {}): Task {
  return {
    name: 'probe',
    backend: 'bi-api-leke',
    rpc: RPC,
    safeToRepeat: true,
    options: {},
    request: () => ({ shopIds: ['100001'], pageSize: 40 }),
    check: () => [],
    summarise: () => ({ rows: 0 }),
    ...changes,
  };
}

const config: TaskConfig = {
  backend: {} as TaskConfig['backend'], // no concern of a request
  timeoutMs: 1000,
  paused: undefined,
  options: { lookback: 5 },
  locate: ([key]) => `bi-cron.yaml:${String(key).length}`,
};

/** Builds from data that nobody has checked alone. */
function build(task: Task, changes: Partial<Trigger> = {}): object {
  const trigger = { ...TRIGGER, ...changes };
  const given = readData({ ...task, check: () => [] }, method, trigger, NOW);
  return buildRequest(task, given, trigger, config, NOW);
}

function refusalOf(task: Task, trigger: Partial<Trigger> = {}): Pick<RunError, 'message' | 'field' | 'ending'> {
  try {
    build(task, trigger);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    return { message: error.message, field: error.field, ending: error.ending };
  }
  throw new Error('expected a refusal, got a request');
}

test("holds the task's defaults and the run's identity", () => {
  expect(build(makeTask())).toEqual({
    shopIds: ['100001'],
    pageSize: 40,
    run: {
      runKey: 'goods-onsale@2026-11-22T05:40:00Z',
      slot: { seconds: 1_795_326_000, nanos: 0 },
      trigger: 'TRIGGER_KIND_SCHEDULED',
      task: 'probe',
    },
  });
});

test.each([
  ['manual', 'TRIGGER_KIND_MANUAL'],
  ['backfill', 'TRIGGER_KIND_BACKFILL'],
] as const)('says that the run is %s', (kind, name) => {
  expect(build(makeTask(), { kind })).toMatchObject({ run: { trigger: name } });
});

test("the event's data goes over the defaults, field by field and whole", () => {
  const request = () => ({ shopIds: ['100001', '100002'], pageSize: 40, window: { start: { seconds: 1 } } });
  const data = { shop_ids: ['7'], window: { end: '1970-01-01T00:00:02Z' }, pageSize: null };
  expect(build(makeTask({ request }), { data })).toMatchObject({
    shopIds: ['7'],
    pageSize: 40,
    window: { end: { seconds: 2, nanos: 0 } },
  });
  expect(build(makeTask({ request }), { data })).not.toHaveProperty('window.start');
});

test('the task is asked with slot, time, given fields and its options', () => {
  const asked: unknown[] = [];
  const request = (info: RunInfo, options: unknown) => {
    asked.push(info, options);
    return {};
  };
  build(makeTask({ request }), { data: { pageSize: 5 } });
  expect(asked).toEqual([{ slot: TRIGGER.slot, now: NOW, given: { pageSize: 5 } }, { lookback: 5 }]);
});

test('the merged request is checked, with the time', () => {
  const checked: unknown[] = [];
  const check = (...args: unknown[]) => {
    checked.push(...args);
    return [];
  };
  const built = build(makeTask({ check }), { data: { pageSize: 5 } });
  expect(checked).toEqual([built, NOW]);
  expect(built).toMatchObject({ pageSize: 5, shopIds: ['100001'] });
});

describe('refuses', () => {
  test('data that sets the identity of the run', () => {
    expect(refusalOf(makeTask(), { data: { run: { task: 'x' } } })).toEqual({
      message: 'data.run: expected nothing (bi-cron fills it), got an object',
      field: 'data.run',
      ending: { outcome: 'rejected', reason: 'event' },
    });
  });

  test('data that the request does not have', () => {
    expect(refusalOf(makeTask(), { data: { shops: [] } })).toMatchObject({ field: 'data.shops' });
  });

  const SHOPS: Problem = { field: 'shopIds', expected: 'at least one shop', got: new Description('none') };
  const END: Problem = { field: 'window.end', expected: 'a time', got: 5 };
  const check = () => [SHOPS, END, { field: 'pageSize', expected: '1 to 200', got: 0 }];

  test('what the configuration gave: every problem, each with its place', () => {
    expect(refusalOf(makeTask({ check }))).toEqual({
      message:
        'bi-cron.yaml:7 tasks.probe.shopIds: expected at least one shop, got none; ' +
        'bi-cron.yaml:6 tasks.probe.window.end: expected a time, got 5; ' +
        'bi-cron.yaml:8 tasks.probe.pageSize: expected 1 to 200, got 0',
      field: 'tasks.probe.shopIds',
      ending: { outcome: 'rejected', reason: 'config' },
    });
  });

  test('what the data gave: every problem of it, and no other', () => {
    const data = { window: { start: '2026-11-22T05:40:00Z' }, pageSize: 0 };
    expect(refusalOf(makeTask({ check }), { data })).toEqual({
      message: 'data.window.end: expected a time, got 5; data.pageSize: expected 1 to 200, got 0',
      field: 'data.window.end',
      ending: { outcome: 'rejected', reason: 'event' },
    });
  });

  test('an item of a list by its place', () => {
    const problems = () => [{ field: 'shopIds[1]', expected: 'no empty shop ID', got: '' }];
    expect(refusalOf(makeTask({ check: problems }), { data: { shopIds: ['a', ''] } }).message).toBe(
      'data.shopIds[1]: expected no empty shop ID, got ""',
    );
  });
});

describe('data alone', () => {
  const check = (request: { shopIds?: readonly string[]; pageSize?: number }): Problem[] => [
    ...(request.shopIds === undefined ? [{ field: 'shopIds', expected: 'at least one shop', got: undefined }] : []),
    ...((request.pageSize ?? 0) > 200 ? [{ field: 'pageSize', expected: '1 to 200', got: request.pageSize }] : []),
  ];
  const checkAlone = (data: Trigger['data']) => () => readData(makeTask({ check }), method, { ...TRIGGER, data }, NOW);

  test.each([undefined, {}, { pageSize: 200 }])('%j is right: what is missing may be configured', (data) => {
    expect(checkAlone(data)).not.toThrow();
  });

  test.each([
    [{ pageSize: 500 }, 'data.pageSize: expected 1 to 200, got 500'],
    [{ pageSize: 'many' }, 'data.pageSize: expected a whole number'],
    [{ shops: [] }, 'data.shops: expected one of'],
    [{ run: {} }, 'data.run: expected nothing (bi-cron fills it), got an object'],
  ])('%j is wrong, whatever is configured', (data, message) => {
    expect(checkAlone(data)).toThrow(message);
  });
});
