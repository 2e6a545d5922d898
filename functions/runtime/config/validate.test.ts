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
    expect(config.backend).toMatchObject({ group: 'DEFAULT_GROUP', timeout: 30_000, tls: { mode: 'tls' } }); // a null over a map changes nothing
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
      'a.yaml:5 grpc.api.timout: expected a known key such as timeout, got an unknown one',
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

describe('a section whose lines are all commented out', () => {
  const shared = `${BASE}tasks:\n  sample:\n    paused: shop migration\n    shopIds: [a, b]\n`;

  it.each([
    ['the tasks', 'tasks:\n#  sample:\n#    pageSize: 5\n'],
    ['the task', 'tasks:\n  sample:\n#    pageSize: 5\n'],
    ['a list', 'tasks:\n  sample:\n    shopIds:\n#      - c\n'],
    ['the backends', 'grpc:\n#  api: {}\n'],
    ['the backend', 'grpc:\n  api:\n'],
  ])('changes nothing: %s', (_, over) => {
    const { paused, options, backend } = read(shared, over);
    expect({ paused, options, backend }).toMatchObject({
      paused: 'shop migration',
      options: { shopIds: ['a', 'b'] },
      backend: { service: 'bi-api' },
    });
  });

  it.each([
    ['below a merge key', `x: &x {shopIds: [a, b]}\n${BASE}tasks: {sample: {<<: *x, shopIds: }}`],
    ['as a dotted key', `${BASE}tasks: {sample: {shopIds: [a, b]}}\ntasks.sample:\n`],
    ['as a dotted key of a list', `${BASE}tasks: {sample: {shopIds: [a, b]}}\ntasks.sample.shopIds:\n`],
  ])('changes nothing in its own document: %s', (_, text) => {
    expect(read(text).options).toMatchObject({ shopIds: ['a', 'b'] });
  });

  it('is not taken for the cause of an error in the document before', () => {
    const error = errorOf('env: dev\ngrpc: {api: {service: s}}\ntasks: [sample]', 'tasks:\n');
    expect(error.message).toBe('a.yaml:3 tasks: expected a map of keys, got an array of 1');
  });

  it('differs from an empty list, which replaces', () => {
    expect(read(shared, 'tasks: {sample: {shopIds: []}}').options).toMatchObject({ shopIds: [] });
  });

  it('is the cause where it removes a value', () => {
    const error = errorOf(BASE, 'grpc:\n  api:\n    service:\n');
    expect(error.message).toBe('b.yaml:3 grpc.api.service: expected a string, got null');
  });
});

describe('a switch', () => {
  it.each(['no', 'No', 'NO', 'off', 'OFF', 'n', 'N', '"false"', '" no "'])(
    'that says %s in words of YAML 1.1 is refused',
    (word) => {
      expect(errorOf(`${BASE}tasks: {sample: {paused: ${word}}}`).message).toMatch(
        /^a.yaml:4 tasks.sample.paused: expected true, false or a reason, got "\s?\w+\s?"$/,
      );
    },
  );

  it.each(['"0"', 'none', 'None', 'f', '"null"', '"~"', '!!bool no', '!!str off'])(
    'that says %s is refused',
    (word) => {
      expect(errorOf(`${BASE}tasks: {sample: {paused: ${word}}}`).message).toMatch(
        /^a.yaml:4 tasks.sample.paused: expected true, false or a reason, got "/,
      );
    },
  );

  it('of blanks is none, and a reason is told without those around it', () => {
    expect(read(`${BASE}tasks: {sample: {paused: "  "}}`).paused).toBeUndefined();
    expect(read(`${BASE}tasks:\n  sample:\n    paused: |\n      until Friday\n`).paused).toBe('until Friday');
  });

  it.each(['yes', 'nobody is there', 'offline', 'not before Friday'])('that says %s is a reason', (word) => {
    expect(read(`${BASE}tasks: {sample: {paused: ${word}}}`).paused).toBe(word);
  });
});

describe('a placeholder that nobody resolved', () => {
  it.each([
    ['tasks: {sample: {paused: "${PAUSED:false}"}}', 'tasks.sample.paused', '${PAUSED:…}'],
    ['tasks: {sample: {paused: "until ${WHEN}"}}', 'tasks.sample.paused', '${WHEN}'],
    ['tasks: {sample: {shopIds: [a, "${SHOP}"]}}', 'tasks.sample.shopIds.1', '${SHOP}'],
    ['tasks: {sample: {lookback: "@lookback@"}}', 'tasks.sample.lookback', '@lookback@'],
    ['tasks: {sample: {lookback: @order.lookback@}}', 'tasks.sample.lookback', '@order.lookback@'],
    ['tasks: {sample: {lookback: "${A:${B:s3cret}}"}}', 'tasks.sample.lookback', '${A:…}'],
    ['tasks: {sample: {lookback: "${ A:{s3cret} }"}}', 'tasks.sample.lookback', '${A:…}'],
    ['tasks: {sample: {lookback: "${A"}}', 'tasks.sample.lookback', '${A:…}'],
    ['tasks: {sample: {lookback: "#{systemProperties.x}"}}', 'tasks.sample.lookback', '#{systemProperties.x}'],
    ['tasks: {sample: {shopIds: ["{{ .Values.shop }}"]}}', 'tasks.sample.shopIds.0', '{{…}}'],
    ['tasks: {sample: {shopIds: [${SHOPS:1,2}, b]}}', 'tasks.sample.shopIds.0', '${SHOPS:…}'],
    ['tasks: {sample: {shopIds: [shop.@env@.x]}}', 'tasks.sample.shopIds.0', '@env@'],
    ['tasks: {sample: {paused: @a@ @b@}}', 'tasks.sample.paused', '@a@'],
    ['tasks: {sample: "${SAMPLE:s3cret}"}', 'tasks.sample', '${SAMPLE:…}'],
    ['tasks: ${TASKS:s3cret}', 'tasks', '${TASKS:…}'],
  ])('is refused by name: %s', (text, field, got) => {
    expect(errorOf(BASE + text).message).toBe(`a.yaml:4 ${field}: expected a value, got the placeholder ${got}`);
  });

  it('is refused as the address of a backend, and as env', () => {
    expect(errorOf('env: dev\ngrpc: {api: {service: "${SVC:bi-api}"}}').message).toBe(
      'a.yaml:2 grpc.api.service: expected a value, got the placeholder ${SVC:…}',
    );
    expect(errorOf('env: ${spring.profiles.active}').message).toBe(
      'a.yaml:1 env: expected "dev" as DEPLOY_ENV says, got the placeholder ${spring.profiles.active}',
    );
  });

  it.each([
    'spring: {name: "${APP}", v: @project.version@}',
    'tasks: {other: {paused: "${X}"}}',
    'grpc.client.x: @y@',
    'b: @y@ @z@',
    '@k@: 1',
    'tasks: {other: {shopIds: ${X:1,2}}}',
    's: !x @y@',
  ])('of another program is left alone: %s', (others) => {
    expect(read(BASE, others).options).toEqual(read(BASE).options);
  });

  it.each(['${TASK:sample}', '@task@'])('is refused as the name of a task: %s', (name) => {
    expect(errorOf(`${BASE}tasks:\n  ${name}:\n    paused: x`).message).toMatch(
      /^a.yaml:5 tasks\..+: expected a name, got the placeholder [$@]/,
    );
  });

  it.each(['ask a@b.com', 'costs 5$', '@alice', 'ask @alice and @bob'])('is not this text: %s', (reason) => {
    expect(read(`${BASE}tasks: {sample: {paused: "${reason}"}}`).paused).toBe(reason);
  });
});

describe('an identifier', () => {
  it.each(['0100001', '0x1F', '1e3', '1.0', '+5', '0o17', '12345678901234567890'])(
    'written as the number %s is refused with its text',
    (text) => {
      const message = `tasks.sample.shopIds.0: expected a string in quotes, got ${text}`;
      expect(errorOf(`${BASE}tasks: {sample: {shopIds: [${text}]}}`).message).toBe(`a.yaml:4 ${message}`);
      expect(
        errorOf(`${BASE}tasks: {sample: {shopIds: [a]}}`, `ids: &ids [${text}]\ntasks: {sample: {shopIds: *ids}}`)
          .message,
      ).toBe(`b.yaml:2 ${message}`);
    },
  );

  it('may be written so in quotes, and other numbers may be written so without', () => {
    const { options } = read(`${BASE}tasks: {sample: {shopIds: ["0100001", '0x1F'], pageSize: 0x28}}`);
    expect(options).toMatchObject({ shopIds: ['0100001', '0x1F'], pageSize: 40 });
  });
});

describe('a dotted key', () => {
  it.each([
    ['from the root', 'tasks.sample.paused: stop'],
    ['below a section', 'tasks:\n  sample.paused: stop'],
    ['with more below', 'tasks.sample:\n  paused: stop'],
  ])('%s is expanded, as Spring does', (_, over) => {
    expect(read(`${BASE}tasks: {sample: {pageSize: 5}}`, over)).toMatchObject({
      paused: 'stop',
      options: { pageSize: 5 },
    });
  });

  it('may name the items of a list, and a backend', () => {
    const config = read(BASE, 'tasks.sample.shopIds[0]: a\ntasks.sample.shopIds[1]: b\ngrpc.api.tls.mode: tls');
    expect(config).toMatchObject({ options: { shopIds: ['a', 'b'] }, backend: { tls: { mode: 'tls' } } });
  });

  it.each([
    '"tasks[sample].paused": stop',
    '"tasks.[sample].paused": stop',
    'tasks..sample.paused: stop',
    'tasks.sample.paused.: stop',
    '" tasks.sample .paused": stop',
    'tasks: {"sample[paused]": stop}',
  ])('may be written in other ways: %s', (over) => {
    expect(read(BASE, over).paused).toBe('stop');
  });

  it('of 20,000 items is read in linear time', () => {
    const over = Array.from({ length: 20_000 }, (_, n) => `tasks.sample.shopIds[${n}]: x`).join('\n'); // minutes, where each item costs what all before it do
    expect(errorOf(BASE, over).message).toBe(
      'b.yaml:20000 tasks.sample.shopIds: expected at most 10000 items, got 20000',
    );
  });

  it('of 500,000 parts is not ours, and takes no memory', () => {
    expect(read(BASE, `"tasks${'.a'.repeat(500_000)}": 1\ntasks.sample.pageSize: 5`).options).toMatchObject({
      pageSize: 5,
    });
  });

  it('counts where it stands last, and joins what stands beside it', () => {
    const config = read(`${BASE}tasks: {sample: {pageSize: 5}}\ntasks.sample.pageSize: 6\ntasks.sample.paused: stop`);
    expect(config).toMatchObject({ paused: 'stop', options: { pageSize: 6 } });
  });

  it('has its line', () => {
    expect(errorOf(BASE, '\ntasks.sample.pageSize: 0').message).toBe(
      'b.yaml:2 tasks.sample.pageSize: expected >=1, got 0',
    );
  });

  it('of another program is left alone', () => {
    expect(read(BASE, 'grpc.client.api.address: static://x\nspring.x: 1\nspring: {x: 2}').options).toBeDefined();
  });
});

describe('a near miss', () => {
  const named = { ...task, name: 'increment-order', backend: 'bi-api-leke' };
  const base = 'env: dev\ngrpc:\n  bi-api-leke: { service: bi-api }\n';
  const readNamed = (...texts: string[]) => validateConfig(documentsOf(texts), named, 'dev');

  it.each([
    ['tasks: {increment_order: {paused: stop}}', 'tasks.increment_order', 'increment-order'],
    ['tasks: {incrementOrder: {paused: stop}}', 'tasks.incrementOrder', 'increment-order'],
    ['tasks: {Increment-Order: {paused: stop}}', 'tasks.Increment-Order', 'increment-order'],
    ['tasks: {incremnt-order: {paused: stop}}', 'tasks.incremnt-order', 'increment-order'],
    ['tasks: {increment-orders: {paused: stop}}', 'tasks.increment-orders', 'increment-order'],
    ['tasks.increment_order.paused: stop', 'tasks.increment_order', 'increment-order'],
    ['grpc: {bi_api_leke: {timeout: 5s}}', 'grpc.bi_api_leke', 'bi-api-leke'],
    ['grpc: {bi-api-lake: {timeout: 5s}}', 'grpc.bi-api-lake', 'bi-api-leke'],
    ['task: {increment-order: {paused: stop}}', 'task', 'tasks'],
    ['Tasks: {increment_order: {paused: stop}}', 'Tasks', 'tasks'],
  ])('is refused with the name that was meant: %s', (over, field, meant) => {
    expect(() => readNamed(base, over)).toThrow(`b.yaml:1 ${field}: expected ${meant}, got a misspelt key`);
  });

  it.each(['task', 'TASKS', 'taks'])('is refused before a dot, too: %s', (section) => {
    expect(() => readNamed(base, `${section}.increment-order.paused: stop`)).toThrow(
      `b.yaml:1 ${section}: expected tasks, got a misspelt key`,
    );
  });

  it.each([
    ['increment-order: {paused: stop}', 'increment-order', 'tasks.increment-order.paused'],
    ['increment-order.paused: stop', 'increment-order.paused', 'tasks.increment-order.paused'],
    ['incrementOrder: {paused: stop}', 'incrementOrder', 'tasks.increment-order.paused'],
    ['tasks: {paused: stop}', 'tasks.paused', 'tasks.increment-order.paused'],
    ['tasks.paused: stop', 'tasks.paused', 'tasks.increment-order.paused'],
  ])('may be a wrong place: %s', (over, field, meant) => {
    expect(() => readNamed(base, over)).toThrow(`b.yaml:1 ${field}: expected ${meant}, got a misplaced key`);
  });

  it.each(['\u00a0', '\u3000'])('may be an indentation by blanks that YAML does not know: %j', (blank) => {
    expect(() => readNamed(base, `tasks:\n  increment-order:\n${blank.repeat(4)}paused: stop`)).toThrow(
      /^b.yaml:3 \s+paused: expected spaces as indentation, got blanks of another kind/,
    );
  });

  it.each([
    'increment-order: {timeout: 5s}',
    'tasks: {full-order: {paused: stop}}',
    'tasks: {increment-order-2: {pageSize: 5}}',
    'tasks: {increment-refund: {pageSize: 5}}',
    'grpc: {bi-api-jushuitan: {service: x}, client: {x: 1}}',
    'task: {executor: {pool: 5}}',
    'GRPC: {server: {port: 1}}',
  ])('is not taken for a misspelt one: %s', (over) => {
    expect(readNamed(base, over).paused).toBeUndefined();
  });

  it.each([
    ['tasks: {increment-order: {page_size: 5}}', 'tasks.increment-order.page_size', 'pageSize'],
    ['tasks: {increment-order: {shopids: []}}', 'tasks.increment-order.shopids', 'shopIds'],
    ['tasks: {increment-order: {pause: stop}}', 'tasks.increment-order.pause', 'paused'],
    ['grpc: {bi-api-leke: {tls: {servername: x}}}', 'grpc.bi-api-leke.tls.servername', 'serverName'],
  ])('of an own key is refused with the key that was meant: %s', (over, field, meant) => {
    expect(() => readNamed(base, over)).toThrow(
      `b.yaml:1 ${field}: expected a known key such as ${meant}, got an unknown one`,
    );
  });
});

describe('many mistakes', () => {
  it('are listed up to 20, with how many more there are', () => {
    const error = errorOf(`${BASE}tasks: {sample: {shopIds: [${'{}, '.repeat(9999)}{}]}}`);
    const told = error.message.split('; ');
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toBe('and 9980 more');
    expect(Buffer.byteLength(error.message)).toBeLessThan(16 * 1024);
  });

  it('in a list of more than 10,000 items are one', () => {
    expect(errorOf(`${BASE}tasks: {sample: {shopIds: [${'null, '.repeat(59_999)}null]}}`).message).toBe(
      'a.yaml:4 tasks.sample.shopIds: expected at most 10000 items, got 60000',
    );
  });

  it('in items without any text have each their line', () => {
    const items = `${'      -\n      # - x\n'.repeat(9999)}      - true\n`;
    const { message } = errorOf(`${BASE}tasks:\n  sample:\n    shopIds:\n${items}`);
    expect(message.split('; ').slice(0, 2)).toEqual([
      'a.yaml:7 tasks.sample.shopIds.0: expected a string, got null',
      'a.yaml:9 tasks.sample.shopIds.1: expected a string, got null',
    ]);
  });

  it('in 10,000 items at the end of 60,000 lines have each their line', () => {
    const others = Array.from({ length: 60_000 }, (_, n) => `x${n}: 1`).join('\n');
    const items = Array.from({ length: 10_000 }, (_, n) => `      - s${n}`).join('\n');
    const config = read(`${BASE}${others}\ntasks:\n  sample:\n    shopIds:\n${items}`);
    const lines = Array.from({ length: 10_000 }, (_, n) => config.locate(['shopIds', n]));
    expect(lines).toEqual(lines.map((_, n) => `a.yaml:${60_007 + n}`));
  });

  it('of long keys and values fit into a log line', () => {
    const text = Array.from({ length: 30 }, (_, n) => `    ${'k'.repeat(1000)}${n}: ${'v'.repeat(1000)}`).join('\n');
    const error = errorOf(`${BASE}tasks:\n  sample:\n${text}`);
    expect(Buffer.byteLength(error.message)).toBeLessThan(16 * 1024);
    expect(error.field?.length).toBeLessThanOrEqual(121);
  });
});
