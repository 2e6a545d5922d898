import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLeke } from '../stack/backends/leke.ts';
import type { Backend } from '../stack/backends/backend.ts';
import type { Fault, FaultOptions } from '../stack/nacos/faults.ts';
import { startNacosServer, type NacosServer, type NacosServerOptions } from '../stack/nacos/server.ts';
import type { Check } from './doctor/check.ts';
import { cli, json } from '../../test/support/cli.ts';
import { serveRaw } from '../../test/support/nacos-client.ts';
import { openIssuer, type TestIssuer } from '../../test/support/issuer.ts';
import { listenOnLoopback } from '../stack/free-port.ts';

const DOCUMENT =
  'env: dev\ngrpc: { bi-api-leke: { service: bi-api-leke } }\ntasks: { increment-order: { shopIds: ["100001"] } }\n';

let leke: Backend;
beforeAll(async () => {
  leke = await startLeke();
});
afterAll(() => leke.stop());

interface Visit {
  readonly status: number | NodeJS.Signals;
  readonly checks: readonly Check[];
}

/** A doctor's visit to a Nacos of its own, healthy but for what `spoil` does to it. */
async function visit(
  spoil: (nacos: NacosServer) => unknown = () => undefined,
  env: Readonly<Record<string, string>> = {},
  options: NacosServerOptions = {},
  others: readonly NacosServer[] = [],
): Promise<Visit> {
  const nacos = await startNacosServer(options);
  nacos.configs.publish('bi-cron.yaml', DOCUMENT, { type: 'yaml' });
  nacos.services.register({ serviceName: 'bi-api-leke', ip: '127.0.0.1', port: leke.port });
  await spoil(nacos);
  const ended = await cli(['doctor', 'increment-order', '--json'], {
    env: { DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: [nacos, ...others].map(({ url }) => url).join(','), ...env },
  });
  await nacos.close();
  return { status: ended.status, checks: json(ended) as Check[] };
}

/** The checks that failed, as `area name`, with what they say and advise. */
function failures({ checks }: Visit): string[] {
  const failed = checks.filter(({ state }) => state === 'fail');
  return failed.map(({ area, name, detail, next }) => `${area} ${name} | ${detail} | ${next ?? 'NO ADVICE'}`);
}

const fault = (kind: Fault, options?: FaultOptions) => (nacos: NacosServer) => nacos.faults.set(kind, options);

/** A visit to a server that answers by the first route that its path contains. */
async function visitRaw(
  routes: Readonly<Record<string, readonly [status: number, body: string, headers?: Record<string, string>]>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Visit> {
  const address = await serveRaw((request, response) => {
    const [, [status, body, headers]] = Object.entries(routes).find(([part]) => request.url?.includes(part)) ?? [
      '',
      [404, ''],
    ];
    response.writeHead(status, { 'content-md5': createHash('md5').update(body).digest('hex'), ...headers }).end(body);
  });
  const ended = await cli(['doctor', 'increment-order', '--json'], {
    env: { DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: address, ...env },
  });
  return { status: ended.status, checks: json(ended) as Check[] };
}

const USER = { NACOS_USERNAME: 'reader', NACOS_PASSWORD: 'Read-1' };
const TOKEN = '{"accessToken":"t","tokenTtl":18000}';

describe('doctor on a Nacos as people run it', () => {
  it('tells a server of 3.x that is not ready, though it answers 200', async () => {
    const seen = await visitRaw({
      '/v1/': [410, '{}'],
      '/v3/admin/core/state/readiness': [200, '{"code":30000,"message":"naming not in readiness","data":null}'],
    });
    expect(failures(seen)).toEqual([
      expect.stringMatching(/^nacos reach .*: not ready: code 30000, "naming not in readiness" \| it has started/),
    ]);
  });

  it.each([
    [
      '3.x in the public namespace',
      { '/v3/auth': [200, TOKEN], '/v3/': [403, 'Code: 403, Message: authorization failed!.'] },
      {},
      'public:*:*',
    ],
    ['2.x in the public namespace', { '/v1/auth': [200, TOKEN], '/v1/cs': [403, 'authorization failed!'] }, {}, ':*:*'],
    [
      'a namespace',
      { '/v1/auth': [200, TOKEN], '/v1/cs': [403, 'authorization failed!'] },
      { NACOS_NAMESPACE: 'prod', NACOS_GROUP: 'BI' },
      'prod:BI:config/bi-cron.yaml',
    ],
  ] as const)('gives the permission that is missing ready to paste: %s', async (_, routes, env, resource) => {
    const seen = await visitRaw(routes, { ...USER, ...env });
    expect(failures(seen)[0]).toContain(`give a role of the user reader the permission ${resource} with action r`);
  });

  it('tells a token that is refused from a permission that is missing', async () => {
    const seen = await visitRaw({ '/v1/auth': [200, TOKEN], '/v1/cs': [403, 'token invalid!'] }, USER);
    expect(failures(seen)[0]).toMatch(/^document bi-cron.yaml \| the token was refused \(403 "token invalid!"\)/);
  });

  it.each([
    [
      'Nacos 2',
      { '/v1/auth': [403, 'user not found!'], '/v1/console/server/state': [200, '{"auth_enabled":"false"}'] },
    ],
    [
      'Nacos 3, whose admin API has it on',
      {
        '/v3/auth': [500, 'No message available'],
        '/v3/admin/core/state': [200, '{"code":0,"data":{"auth_enabled":"true"}}'],
        '/v3/client': [200, '{"code":20004,"message":"resource not found","data":null}'],
      },
    ],
  ] as const)('warns of credentials where authentication is off: %s', async (_, routes) => {
    const { checks } = await visitRaw(routes, USER);
    expect(checks.find(({ name }) => name === 'login')).toMatchObject({
      state: 'warn',
      detail: "refused as reader, but the server's authentication is off",
    });
  });

  it('marks a beta publication', async () => {
    const { checks } = await visitRaw({ '/v1/cs': [200, DOCUMENT, { isBeta: 'true' }] });
    expect(checks.find(({ name }) => name === 'bi-cron.yaml')?.detail).toContain('a beta publication');
  });

  it('names a server that lags behind', async () => {
    const behind = await startNacosServer();
    const { checks } = await visit(undefined, {}, {}, [behind]);
    await behind.close();
    expect(checks.find(({ name }) => name === 'bi-cron.yaml')).toMatchObject({
      state: 'warn',
      detail: expect.stringContaining(`not the same at ${behind.address}`) as string,
    });
  });

  it('names what no function reads, and leaves out what is Spring’s', async () => {
    const other = 'tasks: { refund-sync: { pageSize: 5 } }\ngrpc: { old-api: { service: x }, client: { x: 1 } }\n';
    const { status, checks } = await visit((nacos) => nacos.configs.publish('bi-cron-dev.yaml', other));
    expect([status, checks.find(({ name }) => name === 'names')]).toMatchObject([
      0,
      { state: 'warn', detail: 'no function reads tasks.refund-sync, grpc.old-api' },
    ]);
  });
});

describe.concurrent('doctor', () => {
  it('finds nothing wrong with a healthy stack, times each step, and exits 0', async () => {
    const { status, checks } = await visit();
    expect([status, checks.map(({ state }) => state)]).toEqual([0, checks.map(() => 'ok')]);
    expect(checks.map(({ area, name }) => `${area} ${name.replace(/[\d.:]{9,}/, 'HOST')}`)).toEqual([
      'environment variables',
      'nacos reach HOST',
      'nacos clock',
      'nacos login',
      'nacos API',
      'document bi-cron.yaml',
      'document bi-cron-dev.yaml',
      'config DEPLOY_ENV',
      'config increment-order',
      'bi-api-leke instances',
      'bi-api-leke connect',
      'bi-api-leke HTTP/2',
      'bi-api-leke health',
    ]);
    expect(checks.find(({ name }) => name === 'bi-cron.yaml')?.detail).toMatch(
      /^md5 [0-9a-f]{32}, type yaml, \d+ bytes, keys env, grpc, tasks$/,
    );
    expect(checks.find(({ name }) => name === 'instances')?.detail).toContain(
      `1 total, 1 healthy, 1 enabled, 1 usable; picked ${leke.address}`,
    );
    expect(leke.calls.count()).toBe(0);
  });

  it.each<[string, number, (nacos: NacosServer) => unknown, RegExp]>([
    ['down', 75, fault('down'), /^nacos reach .*ECONNREFUSED.*\| nothing listens there/],
    ['hang', 75, fault('hang'), /^nacos reach .*no answer within 5 s \| it accepts connections/],
    ['reset', 75, fault('reset'), /^nacos reach .*\| something cut the connection/],
    ['500', 75, fault('500'), /^nacos reach .*status 500, ".*" \| the server, or the proxy/],
    ['502', 75, fault('502'), /^nacos reach .*status 502 \| the server, or the proxy/],
    ['api-absent', 1, fault('api-absent'), /^nacos API \| no known API: v3 404, v1 404 \| is it Nacos/],
    ['410', 1, fault('410'), /^nacos API \| no known API: v3 410, v1 410/],
    ['garbage', 1, fault('garbage'), /^(?:nacos API|document bi-cron.yaml) \|/],
    ['half-body', 75, fault('half-body'), /^nacos reach .*\| something cut the connection/],
    [
      '403 to documents',
      1,
      fault('403', { match: { dataId: 'bi-cron.yaml' } }),
      /^document bi-cron.yaml \| forbidden \(403.*\).*\| the server wants a login: set NACOS_USERNAME/,
    ],
    [
      'empty-list',
      75,
      fault('empty-list'),
      /^bi-api-leke instances .*0 total.*\| no instance is registered under that name/,
    ],
    [
      'all-unhealthy',
      75,
      fault('all-unhealthy'),
      /^bi-api-leke instances .*1 total, 0 healthy.*\| the backend does not send its heartbeats/,
    ],
  ])('%s: exits %d and says what to try', async (_name, status, spoil, expected) => {
    const seen = await visit(spoil);
    expect([seen.status, failures(seen)[0]]).toEqual([status, expect.stringMatching(expected)]);
  });

  it.each<[string, Record<string, string>, (nacos: NacosServer) => unknown, RegExp]>([
    [
      'a wrong data ID',
      { NACOS_DATA_IDS: 'bicron.yaml' },
      () => undefined,
      /^document bicron.yaml \| not there: group DEFAULT_GROUP, namespace "" \| compare data ID, NACOS_GROUP and NACOS_NAMESPACE/,
    ],
    [
      'a wrong namespace',
      { NACOS_NAMESPACE: 'prod' },
      () => undefined,
      /^document bi-cron.yaml \| not there: group DEFAULT_GROUP, namespace "prod"/,
    ],
    [
      'a document that is no YAML',
      {},
      (nacos) => nacos.configs.publish('bi-cron.yaml', 'a: 1\na: 2\n'),
      /^document bi-cron.yaml \| bi-cron.yaml:2: expected YAML, got a key that stands twice/,
    ],
    [
      'another environment',
      { DEPLOY_ENV: 'prod' },
      () => undefined,
      /^config DEPLOY_ENV \| DEPLOY_ENV is "prod", the configuration says env: "dev" \| this process reads another environment/,
    ],
    [
      'a key of the wrong type',
      {},
      (nacos) => nacos.configs.publish('bi-cron-dev.yaml', 'tasks:\n  increment-order: { pageSize: many }\n'),
      /^config increment-order \| bi-cron-dev.yaml:2 tasks.increment-order.pageSize: expected/,
    ],
    [
      'an API that the server does not speak',
      { NACOS_API: 'v3' },
      fault('api-absent', { match: { path: '/v3/client/cs/config' } }),
      /^nacos API .*\| try NACOS_API=auto/,
    ],
  ])('%s: exits 1 and names it', async (_name, env, spoil, expected) => {
    const seen = await visit(spoil, env);
    expect([seen.status, failures(seen)]).toEqual([1, [expect.stringMatching(expected)]]);
  });

  it('a wrong password is distinguished from a server that is down, and is not shown', async () => {
    const env = { NACOS_USERNAME: 'reader', NACOS_PASSWORD: 'not-the-password' };
    const seen = await visit(undefined, env, { auth: { users: { reader: 'the-password' } }, version: '2.5.1' });
    expect([seen.status, failures(seen)]).toEqual([
      1,
      [expect.stringMatching(/^nacos login .*\| check NACOS_USERNAME and NACOS_PASSWORD/)],
    ]);
    expect(JSON.stringify(seen)).not.toContain('not-the-password');
  });

  it('a backend that crashed: the instance is there, the connection is not', async () => {
    const seen = await visit((nacos) => {
      nacos.services.deregister({ serviceName: 'bi-api-leke', ip: '127.0.0.1', port: leke.port });
      nacos.services.register({ serviceName: 'bi-api-leke', ip: '127.0.0.1', port: 1 });
    });
    expect([seen.status, failures(seen)]).toEqual([
      75,
      [expect.stringMatching(/^bi-api-leke connect \| 127.0.0.1:1: .*ECONNREFUSED/)],
    ]);
  });

  it('a backend that speaks no TLS where TLS is configured', async () => {
    const seen = await visit((nacos) =>
      nacos.configs.publish(
        'bi-cron-dev.yaml',
        'grpc: { bi-api-leke: { service: bi-api-leke, tls: { mode: tls } } }\n',
      ),
    );
    expect([seen.status, failures(seen)]).toEqual([
      75,
      [expect.stringMatching(/^bi-api-leke TLS \| 127.0.0.1:\d+: .*\| .+/)],
    ]);
  });

  it('a clock that is an hour behind is a warning', async () => {
    const proxy = createServer((_request, response) => {
      response
        .setHeader('date', new Date(Date.now() + 3_600_000).toUTCString())
        .writeHead(200)
        .end('OK');
    });
    const port = await listenOnLoopback(proxy);
    const { checks } = await visit(undefined, { NACOS_SERVER_ADDR: `127.0.0.1:${port}` });
    proxy.close();
    expect(checks.find(({ name }) => name === 'clock')).toMatchObject({
      state: 'warn',
      detail: expect.stringMatching(/^this machine is 3[56]\d{5} ms behind Nacos/) as unknown,
      next: expect.stringContaining('NTP') as unknown,
    });
  });

  describe('callers with tokens', { concurrent: false }, () => {
    const callers = (url: string) => ({
      CALLER_AUTH: 'token',
      CALLER_ISSUER: url,
      CALLER_AUDIENCE: 'bi-cron',
      CALLER_SUBJECTS: 'system:serviceaccount:bi-cron:*',
    });

    it('shows the keys of the issuer', async () => {
      const issuer = await openIssuer();
      const { status, checks } = await visit(undefined, callers(issuer.url));
      expect([status, checks.find(({ name }) => name === 'issuer')]).toMatchObject([
        0,
        {
          area: 'callers',
          state: 'ok',
          detail: expect.stringMatching(/: 1 keys: key-\d+; audience bi-cron$/) as unknown,
        },
      ]);
    });

    it('shows the keys in CALLER_JWKS, and asks nobody for them', async () => {
      const issuer = await openIssuer();
      const { publicJwk } = await issuer.rotate();
      const env = { ...callers(issuer.url), CALLER_JWKS: JSON.stringify({ keys: [publicJwk] }) };
      const { status, checks } = await visit(undefined, env);
      const line = checks.find(({ name }) => name === 'issuer');
      expect([status, line?.detail]).toEqual([0, `CALLER_JWKS: 1 keys: ${publicJwk.kid}; audience bi-cron`]);
      expect(issuer.requests).toEqual([]);
    });

    it.each<[string, (issuer: TestIssuer) => void, RegExp]>([
      [
        'does not answer',
        (issuer) => issuer.spoil('/keys', [500, 'oops']),
        /^callers issuer \| .*status 500 \| check CALLER_ISSUER/,
      ],
      [
        'has no key',
        (issuer) => issuer.spoil('/keys', [200, '{"keys":[]}']),
        /^callers issuer \| .*: no key \| ask the operators/,
      ],
    ])('an issuer that %s is not healthy', async (_what, spoil, expected) => {
      const issuer = await openIssuer();
      spoil(issuer);
      const seen = await visit(undefined, callers(issuer.url));
      expect([seen.status, failures(seen)]).toEqual([75, [expect.stringMatching(expected)]]);
    });
  });

  it('reads no endless answer', async () => {
    const endless = createServer((_request, response) => {
      const more = (): void => void response.write('x'.repeat(1024 * 1024), more);
      response.writeHead(200);
      more();
    });
    const port = await listenOnLoopback(endless);
    const { status, stdout } = await cli(['doctor'], {
      env: { DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: `127.0.0.1:${port}` },
    });
    endless.closeAllConnections();
    endless.close();
    expect([status, stdout]).toEqual([75, expect.stringContaining('an answer of more than 16777216 bytes')]);
  });

  it('fits into 80 columns', async () => {
    const { stdout } = await cli(['doctor'], {
      env: { COLUMNS: '80', DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: '127.0.0.1:1' },
    });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stdout).toMatch(/^✗ nacos reach 127.0.0.1:1 +\d+\.\d ms\n {4}127.0.0.1:1: .*ECONNREFUSED.*\n {4}try: /m);
  });

  it('an incomplete environment: every problem at once, and nothing else is tried', async () => {
    const { status, stdout } = await cli(['doctor']);
    expect([status, stdout]).toEqual([1, expect.stringContaining('NACOS_SERVER_ADDR: expected [http(s)://]host')]);
  });
});
