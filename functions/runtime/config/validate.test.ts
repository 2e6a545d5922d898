import { describe, expect, it } from 'vitest';
import { validateConfig } from './validate.ts';
import { parseConfigDocument, type ConfigDocument } from './parse.ts';
import { unary } from '../grpc/rpc.ts';
import { durationOr, identifiers, pageSize } from '../options.ts';
import type { RunError } from '../run-error.ts';
import { defineTask } from '../task.ts';

const task = defineTask({
  name: 'sample',
  backend: 'api',
  rpc: unary('bi/leke/v1/order.proto', 'bi.leke.v1.OrderService/TaobaoSyncFullOrder'),
  safeToRepeat: true,
  options: { shopIds: identifiers, lookback: durationOr('30d'), pageSize: pageSize(40, 100) },
  request: () => ({}),
  check: () => [],
  summarise: () => ({ rows: 0 }),
});

const BASE = 'env: dev\ngrpc:\n  api: { service: bi-api }\n';

/** The texts as the documents a.yaml, b.yaml, … */
const documentsOf = (texts: readonly string[]): ConfigDocument[] =>
  texts.map((text, index) => {
    const document = parseConfigDocument(`${'abc'[index]}.yaml`, text);
    if (document === undefined) throw new Error('expected a document that is not empty');
    return document;
  });

const read = (...texts: string[]) => validateConfig(documentsOf(texts), task, 'dev');

function errorOf(...texts: string[]): RunError {
  try {
    read(...texts);
  } catch (error) {
    return error as RunError;
  }
  throw new Error('expected validateConfig to throw');
}

describe('the configuration of a task', () => {
  it('is all defaults but the name of the service', () => {
    expect(read(BASE)).toMatchObject({
      backend: { service: 'bi-api', group: 'DEFAULT_GROUP', timeout: 30_000, tls: { mode: 'insecure' } },
      timeoutMs: 30_000,
      paused: undefined,
      options: { shopIds: [], lookback: 30 * 86_400_000, pageSize: 40 },
    });
  });

  it('takes each key from the last document that has it', () => {
    const over = 'grpc: {api: {timeout: 10s}}\ntasks: {sample: {pageSize: 50, shopIds: [c]}}';
    const config = read(`${BASE}tasks: {sample: {pageSize: 20, lookback: 2h, shopIds: [a, b]}}`, over);
    expect(config.backend).toMatchObject({ service: 'bi-api', timeout: 10_000 });
    expect(config.options).toEqual({ pageSize: 50, lookback: 7_200_000, shopIds: ['c'] });
  });

  it('goes back to the default where a later document says null', () => {
    const over =
      'grpc: {api: {timeout: null, group: null, tls: null}}\ntasks: {sample: {pageSize: null, timeout: null}}';
    const config = read(
      `${BASE}  x: {}\ntasks: {sample: {pageSize: 20, timeout: 5s}}`,
      'grpc: {api: {timeout: 10s, group: G, tls: {mode: tls}}}',
      over,
    );
    expect(config.backend).toMatchObject({ group: 'DEFAULT_GROUP', timeout: 30_000, tls: { mode: 'insecure' } });
    expect(config.timeoutMs).toBe(30_000);
    expect(config.options).toMatchObject({ pageSize: 40 });
  });

  it.each(['tasks: null', 'tasks: {}', 'tasks: {sample: null}', 'tasks: {sample: {}}', 'tasks: {other: {}}'])(
    'is all defaults with %s',
    (tasks) => {
      expect(read(BASE + tasks).options).toEqual(read(BASE).options);
    },
  );

  it('has the timeout of the task before that of the backend', () => {
    expect(read(BASE, 'grpc: {api: {timeout: 10s}}\ntasks: {sample: {timeout: 1m15s}}').timeoutMs).toBe(75_000);
  });

  it.each([
    ['true', 'paused'],
    ['shop migration until Friday', 'shop migration until Friday'],
    ['false', undefined],
    ['null', undefined],
    ['""', undefined],
  ])('with paused: %s is paused by %j', (given, paused) => {
    expect(read(`${BASE}tasks: {sample: {paused: ${given}}}`).paused).toBe(paused);
  });

  it('reads numbers as identifiers', () => {
    expect(read(`${BASE}tasks: {sample: {shopIds: [100001, "2"]}}`).options).toMatchObject({
      shopIds: ['100001', '2'],
    });
  });

  it('does not mind mistakes in other tasks, other backends and keys of other programs', () => {
    const others = '  other: 5\ntasks: {other: {pageSize: no}}\nspring: [1]';
    expect(read(BASE + others).options).toEqual(read(BASE).options);
  });

  it('knows where its options stand', () => {
    const config = read(BASE, 'tasks:\n  sample:\n    pageSize: 5\n    shopIds:\n      - a');
    expect(config.locate(['shopIds'])).toBe('b.yaml:4');
    expect(config.locate(['shopIds', 0])).toBe('b.yaml:5');
    expect(config.locate(['lookback'])).toBe('a.yaml, b.yaml');
  });
});

describe('the names of a backend', () => {
  it('may be written as Nacos shows them, group@@service', () => {
    expect(read('env: dev\ngrpc: {api: {service: BI@@bi-api, group: OTHER}}').backend).toMatchObject({
      service: 'bi-api',
      group: 'BI',
    });
  });

  it.each([
    ['service: "a b"', 'service', 'no blanks, no Chinese characters, no @@ and no @ at its beginning, got "a b"'],
    ['service: 淘宝', 'service', 'no blanks, no Chinese characters, no @@ and no @ at its beginning, got "淘宝"'],
    ['service: A@@b@@c', 'service', 'no blanks, no Chinese characters, no @@ and no @ at its beginning, got "A@@b@@c"'],
    ['service: a/b@@c', 'service', 'letters, digits and . _ : - only, got "a/b@@c"'],
    ['service: s, group: "a b"', 'group', 'letters, digits and . _ : - only, got "a b"'],
    [
      `service: s, group: ${'g'.repeat(129)}`,
      'group',
      `at most 128 characters, got "${'g'.repeat(60)}"… (129 characters)`,
    ],
    ['service: s, cluster: a.b', 'cluster', 'letters, digits and _ - only, got "a.b"'],
  ])('%s is refused as Nacos would', (names, key, message) => {
    expect(errorOf(`env: dev\ngrpc: {api: {${names}}}`).message).toBe(`a.yaml:2 grpc.api.${key}: expected ${message}`);
  });
});

describe('env', () => {
  it.each([
    ['grpc: {}', 'a.yaml env: expected "dev" as DEPLOY_ENV says, got nothing'],
    ['env: prod', 'a.yaml:1 env: expected "dev" as DEPLOY_ENV says, got "prod"'],
    ['# c\nenv: null', 'a.yaml:2 env: expected "dev" as DEPLOY_ENV says, got null'],
    ['env: [dev]', 'a.yaml:1 env: expected "dev" as DEPLOY_ENV says, got an array of 1'],
  ])('refuses %j before anything else is read', (text, message) => {
    const error = errorOf(text);
    expect(error.message).toBe(message);
    expect(error.field).toBe('env');
    expect(error.ending).toEqual({ outcome: 'rejected', reason: 'config' });
  });

  it('is the last word, and the message names the document that had it', () => {
    expect(errorOf(BASE, '\nenv: test').message).toBe('b.yaml:2 env: expected "dev" as DEPLOY_ENV says, got "test"');
  });
});

describe('a mistake', () => {
  it.each([
    ['env: dev', 'grpc', 'a.yaml grpc: expected a value, got nothing'],
    ['env: dev\ngrpc: null', 'grpc', 'a.yaml:2 grpc: expected a map of keys, got null'],
    ['env: dev\ngrpc: {}', 'grpc.api', 'a.yaml grpc.api: expected a value, got nothing'],
    ['env: dev\ngrpc: {api: bi-api}', 'grpc.api', 'a.yaml:2 grpc.api: expected a map of keys, got "bi-api"'],
    ['env: dev\ngrpc: {api: {}}', 'grpc.api.service', 'a.yaml grpc.api.service: expected a value, got nothing'],
    [
      'env: dev\ngrpc: {api: {service: ""}}',
      'grpc.api.service',
      'a.yaml:2 grpc.api.service: expected a string that is not empty, got ""',
    ],
    [
      'env: dev\ngrpc:\n  api:\n    service: s\n    timout: 5s',
      'grpc.api.timout',
      'a.yaml:5 grpc.api.timout: expected a known key, got an unknown one',
    ],
    [
      'env: dev\ngrpc:\n  api:\n    service: s\n    tsl:\n      mode: tls',
      'grpc.api.tsl',
      'a.yaml:5 grpc.api.tsl: expected a known key, got an unknown one',
    ],
    [
      'env: dev\ngrpc: {api: {service: s, tls: {mode: on}}}',
      'grpc.api.tls.mode',
      'a.yaml:2 grpc.api.tls.mode: expected ("insecure" | "tls" | "mtls"), got "on"',
    ],
    [`${BASE}tasks: [sample]`, 'tasks', 'a.yaml:4 tasks: expected a map of keys, got an array of 1'],
    [`${BASE}tasks: {sample: []}`, 'tasks.sample', 'a.yaml:4 tasks.sample: expected a map of keys, got an array of 0'],
    [`${BASE}tasks: {sample: yes}`, 'tasks.sample', 'a.yaml:4 tasks.sample: expected a map of keys, got "yes"'],
    [
      `${BASE}tasks:\n  sample:\n    timeout: 30`,
      'tasks.sample.timeout',
      'a.yaml:6 tasks.sample.timeout: expected a duration such as 90s, 10m, 1h30m or 7d, got 30',
    ],
    [
      `${BASE}tasks: {sample: {timeout: 0s}}`,
      'tasks.sample.timeout',
      'a.yaml:4 tasks.sample.timeout: expected a duration such as 90s, 10m, 1h30m or 7d, got "0s"',
    ],
    [
      `${BASE}tasks: {sample: {paused: 5}}`,
      'tasks.sample.paused',
      'a.yaml:4 tasks.sample.paused: expected a reason, or true, got 5',
    ],
    [
      `${BASE}tasks: {sample: {pageSize: 1.5}}`,
      'tasks.sample.pageSize',
      'a.yaml:4 tasks.sample.pageSize: expected a whole number, got 1.5',
    ],
    [
      `${BASE}tasks: {sample: {pageSize: 101}}`,
      'tasks.sample.pageSize',
      'a.yaml:4 tasks.sample.pageSize: expected <=100, got 101',
    ],
    [
      `${BASE}tasks: {sample: {shopIds: a}}`,
      'tasks.sample.shopIds',
      'a.yaml:4 tasks.sample.shopIds: expected a list, got "a"',
    ],
    [
      `${BASE}tasks:\n  sample:\n    shopIds:\n      - a\n      - {b: 1}`,
      'tasks.sample.shopIds.1',
      'a.yaml:8 tasks.sample.shopIds.1: expected a string, got an object',
    ],
    [
      `${BASE}tasks: {sample: {constructor: 1}}`,
      'tasks.sample.constructor',
      'a.yaml:4 tasks.sample.constructor: expected a known key, got an unknown one',
    ],
  ])('in %j names data ID, line, key, expectation and value', (text, field, message) => {
    const error = errorOf(text);
    expect(error.message).toBe(message);
    expect(error.field).toBe(field);
    expect(error.ending).toEqual({ outcome: 'rejected', reason: 'config' });
  });

  it('is named by the document that brought it, and all are named at once', () => {
    const over = 'tasks:\n  sample:\n    lookback: soon\n    pageSize: 0';
    const error = errorOf(`${BASE}tasks: {sample: {paused: 1, pageSize: 5}}`, over);
    expect(error.message).toBe(
      'a.yaml:4 tasks.sample.paused: expected a reason, or true, got 1; ' +
        'b.yaml:3 tasks.sample.lookback: expected a duration such as 90s, 10m, 1h30m or 7d, got "soon"; ' +
        'b.yaml:4 tasks.sample.pageSize: expected >=1, got 0',
    );
    expect(error.field).toBe('tasks.sample.paused');
  });

  it('where no document was found says so', () => {
    expect(() => validateConfig([], task, 'dev')).toThrow(
      'no document env: expected "dev" as DEPLOY_ENV says, got nothing',
    );
  });
});
