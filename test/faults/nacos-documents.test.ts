import { describe, expect, it } from 'vitest';
import type { NewInstance } from '../../tools/stack/nacos/instances.ts';
import { assertFault, type Fault } from './assert-fault.ts';
import { launch, type Platform } from './platform.ts';
import { useWarmFunction } from './warm-function.ts';

const warm = useWarmFunction();

const DONE = { ending: 'done: done', status: 200, rpcs: 1, nacos: 3 };
const CONFIG = { ending: 'rejected: config', status: 422, rpcs: 0, nacos: 2 };
const NOBODY = { ending: 'unavailable: instance', status: 503, rpcs: 0, nacos: 3 };

describe('a document', () => {
  const row = (title: string, text: string, says: string): Fault => ({
    title,
    arrange: ({ configure }) => configure(text),
    ...CONFIG,
    says: JSON.stringify(says).slice(1, -1),
  });
  const doubled = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`);
  const bomb = ['env: dev', 'a0: &a0 [1]', ...doubled].join('\n');

  it.each<Fault>([
    {
      title: 'that is required and missing',
      arrange: ({ nacos }) => nacos.configs.remove('bi-cron.yaml'),
      ...CONFIG,
      says: 'expected document bi-cron.yaml, got no such document',
    },
    {
      title: 'that is required and empty',
      arrange: ({ configure }) => configure('', 'bi-cron.yaml'),
      ...CONFIG,
      says: 'got a document without any key',
    },
    {
      title: 'that is required and holds comments only',
      arrange: ({ configure }) => configure('# to do\n---\n# later\n', 'bi-cron.yaml'),
      ...CONFIG,
      says: 'got a document without any key',
    },
    {
      title: 'that is optional and missing: another one must say env then',
      arrange: ({ nacos }) => nacos.configs.remove('bi-cron-dev.yaml'),
      ...CONFIG,
      says: 'env: expected',
    },
    row('with a key twice', 'env: dev\nenv: dev\n', 'bi-cron-dev.yaml:2: expected YAML, got a key that stands twice'),
    row('of another environment', 'env: prod\n', 'bi-cron-dev.yaml:1 env: expected "dev" as DEPLOY_ENV says'),
    row('that is a list', '- env: dev\n', 'bi-cron-dev.yaml:1: expected a map of keys, got a list'),
    row('that is a text', 'env dev\n', 'bi-cron-dev.yaml:1: expected a map of keys, got a string'),
    row('indented by tabs', 'env: dev\ntasks:\n\tfull-order: {}\n', 'bi-cron-dev.yaml:3'),
    row('that is HTML', '<html><body>502</body></html>', 'bi-cron-dev.yaml:1: expected'),
    row('that is deep', `env: dev\na: ${'['.repeat(5000)}${']'.repeat(5000)}\n`, 'maps or lists that lie too deep'),
    row('of two documents', 'env: dev\n---\nenv: dev\n', 'expected one YAML document, got several (---)'),
    row('that grows by its aliases', bomb, 'aliases'),
    row('with a section of another type', 'env: dev\ntasks: [increment-order]\n', 'bi-cron-dev.yaml:2 tasks: expected'),
    row(
      'with a text where a number belongs',
      'env: dev\ntasks: { increment-order: { pageSize: "many" } }\n',
      'pageSize',
    ),
    row(
      'with a number where a text belongs',
      'env: dev\ngrpc: { bi-api-leke: { service: 7 } }\n',
      'grpc.bi-api-leke.service',
    ),
    row(
      'with an unknown key',
      'env: dev\ntasks: { increment-order: { pagesize: 20 } }\n',
      'tasks.increment-order.pagesize',
    ),
    row(
      'with an invalid duration',
      'env: dev\ntasks: { increment-order: { timeout: 75 } }\n',
      'tasks.increment-order.timeout: expected a duration such as 90s, 10m, 1h30m or 7d, got 75',
    ),
    row(
      'that names a prototype',
      'env: dev\n__proto__: { env: prod }\ntasks: { increment-order: { __proto__: { pageSize: 1 } } }\n',
      '__proto__',
    ),
  ])('$title -> $status $ending', (fault) => expect(assertFault(fault, warm)).resolves.toBe(200));

  it.each([
    ['with a byte order mark', '\uFEFFenv: dev\n'],
    ['with the line ends of Windows', 'env: dev\r\ntasks:\r\n  increment-order:\r\n    pageSize: 20\r\n'],
    ['that is JSON', '{"env": "dev"}'],
    [
      'with keys of other programs',
      'env: dev\nspring: { datasource: { password: x } }\ntasks: { other: { pagesize: many } }\n',
    ],
    ['of 1 MB', `env: dev\nnotes: "${'x'.repeat(1_000_000)}"\n`],
  ])('%s is read', (title, text) =>
    expect(assertFault({ title, arrange: ({ configure }) => configure(text), ...DONE }, warm)).resolves.toBe(200),
  );

  it('that is encrypted (cipher-) is refused before the process listens', async () => {
    const start = launch(warm.platform, { NACOS_DATA_IDS: 'cipher-aes-bi-cron.yaml' });
    await expect(start).rejects.toThrow(/exit status 1[^]*NACOS_DATA_IDS: expected documents that are not encrypted/);
  });
});

describe('a list of instances', () => {
  const row = (title: string, ...instances: Partial<NewInstance>[]): Fault => ({
    title,
    arrange: ({ register }) => register(...instances),
    ...NOBODY,
  });
  const many = (state: Partial<NewInstance>) =>
    Array.from({ length: 9_999 }, (_, index) => ({ clusterName: `c${index}`, ...state }));

  it.each<Fault>([
    row('that is empty'),
    row('of unhealthy instances', { healthy: false }, { healthy: false, clusterName: 'b' }),
    row('of disabled instances', { enabled: false }),
    row('of instances of weight 0', { weight: 0 }),
    row('of instances of negative weight', { weight: -1 }),
    row('with an invalid address', { ip: 'no/such:host' }),
    ...[70_000, 0, -1, 1.5].map((port) => row(`with the port ${port}`, { port })),
    ...['dns', '127.0.0.1:99', '127.0.0.1,127.0.0.2', 'user@127.0.0.1', ''].map((ip) =>
      row(`with the address ${JSON.stringify(ip)}`, { ip }),
    ),
    row('with a name that nobody knows', { ip: 'no-such-host.invalid' }),
    row('at an IPv6 address where nobody listens', { ip: '::1' }),
    row('with the scheme of a resolver for an address', { ip: 'unix:/var/run/docker.sock' }),
    {
      title: 'that Nacos empties',
      arrange: ({ nacos }) => nacos.faults.set('empty-list'),
      ...NOBODY,
      says: '0 registered',
    },
    {
      title: 'that Nacos marks unhealthy',
      arrange: ({ nacos }) => nacos.faults.set('all-unhealthy'),
      ...NOBODY,
      says: '1 registered, 0 usable',
    },
  ])('$title -> $status $ending', (fault) => expect(assertFault(fault, warm)).resolves.toBe(200));

  it.each<[string, Partial<NewInstance>[]]>([
    [
      'with one usable instance among useless ones',
      [{ weight: 0, clusterName: 'a' }, { healthy: false, clusterName: 'b' }, {}],
    ],
    ['of fractional weights', [{ weight: 0.001 }]],
    ['of huge and tiny weights', [{ weight: 1e308 }, { weight: 5e-324, clusterName: 'b' }]],
    ['by name', [{ ip: 'localhost' }]],
    ['that are one instance three times', [{}, { clusterName: 'b' }, { clusterName: 'c' }]],
    ['of 10,000 usable instances', [{}, ...many({})]],
    ['of 10,000 instances, one usable', [{}, ...many({ healthy: false })]],
  ])('%s is called once', (title, instances) => {
    const nacos = instances.length > 1000 ? 2 * DONE.nacos : DONE.nacos; // what takes longer than a second is asked twice
    const fault = { title, arrange: ({ register }: Platform) => register(...instances), ...DONE, nacos };
    return expect(assertFault(fault, warm)).resolves.toBe(200);
  });

  it('with the gRPC port in the metadata, as frameworks register their HTTP port, is called there', () => {
    const metadata = { gRPC_port: String(warm.platform.backend.port) };
    const arrange = ({ register }: Platform) => register({ port: 1, metadata });
    return expect(assertFault({ title: 'metadata', arrange, ...DONE }, warm)).resolves.toBe(200);
  });
});
