import { describe, expect, it } from 'vitest';
import { call, serveNacos, type Reply } from '../../../test/support/nacos-server.ts';
import type { NacosServer, NacosServerOptions } from './server.ts';

const auth = { users: { admin: 'secret', reader: 'look' }, readOnly: ['reader'] };
const place = { dataId: 'bi-cron.yaml', group: 'DEFAULT_GROUP' };
const read = 'GET /v1/cs/configs';

async function login(server: NacosServer, username = 'admin', password = 'secret'): Promise<string> {
  const { json } = await call(server, 'POST /v1/auth/login', { form: { username, password } });
  expect(json).toMatchObject({ accessToken: expect.any(String) });
  return (json as { accessToken: string }).accessToken; // oxlint-disable-line typescript/no-unsafe-type-assertion -- checked above
}

const bearer = (token: string): { Authorization: string } => ({ Authorization: `Bearer ${token}` });
const outcome = ({ status, json }: Reply): unknown => ({ status, json });

describe('login', () => {
  it.each(['/v1/auth/login', '/v1/auth/users/login', '/v3/auth/user/login'])('gives a token at %s', async (path) => {
    const server = await serveNacos({ auth: { ...auth, tokenTtlSeconds: 60 } });
    const { status, json, headers } = await call(server, `POST ${path}`, {
      form: { username: 'admin', password: 'secret' },
    });
    expect(status).toBe(200);
    expect(json).toEqual({ accessToken: expect.any(String), tokenTtl: 60, globalAdmin: true, username: 'admin' });
    expect(headers.get('authorization')).toMatch(/^Bearer \S{20,}$/);
  });

  it('lives 18000 seconds when nothing else is said', async () => {
    const { json } = await call(await serveNacos({ auth }), 'POST /v1/auth/login', {
      form: { username: 'reader', password: 'look' },
    });
    expect(json).toMatchObject({ tokenTtl: 18_000, globalAdmin: false });
  });

  it('knows no user by a name that every object has', async () => {
    const form = { username: 'toString', password: 'secret' };
    expect((await call(await serveNacos({ auth }), 'POST /v3/auth/user/login', { form })).status).toBe(403);
  });

  it.each([
    ['2.5.1', '/v1/auth/login', 500],
    ['3.0.3', '/v1/auth/login', 500],
    ['3.0.3', '/v3/auth/user/login', 403],
  ] as const)('is refused by %s at %s where auth is off, too, but is not needed', async (version, path, status) => {
    const server = await serveNacos({ version });
    server.configs.publish('bi-cron.yaml', 'a: 1');
    const form = { username: 'anybody', password: 'anything' };
    expect((await call(server, `POST ${path}`, { form })).status).toBe(status);
    expect((await call(server, read, { query: place, headers: bearer('stale') })).text).toBe('a: 1');
  });

  it('says in the state whether any API asks for a token', async () => {
    const enabled = async (options: NacosServerOptions, path = '/v3/admin/core/state') =>
      (await call(await serveNacos(options), `GET ${path}`)).text.match(/"auth_enabled":"(\w+)"/)?.[1];
    expect(await enabled({})).toBe('false');
    expect(await enabled({ auth })).toBe('true');
    // 3.x guards its admin API unless told not to, and says so in the same field
    expect(await enabled({ auth: { ...auth, client: false } })).toBe('true');
    expect(await enabled({ auth: { ...auth, client: false, admin: false } })).toBe('false');
    const old = { auth: { ...auth, client: false }, version: '2.5.1' } as const;
    expect(await enabled(old, '/v1/console/server/state')).toBe('false');
  });
});

describe('with auth on', () => {
  it.each([
    ['the Authorization header', (token: string) => ({ query: place, headers: bearer(token) })],
    ['the accessToken header', (token: string) => ({ query: place, headers: { accessToken: token } })],
    ['the accessToken parameter', (token: string) => ({ query: { ...place, accessToken: token } })],
    ['user name and password as parameters', () => ({ query: { ...place, username: 'admin', password: 'secret' } })],
  ])('takes %s', async (_, request) => {
    const server = await serveNacos({ auth });
    server.configs.publish('bi-cron.yaml', 'a: 1');
    expect((await call(server, read, request(await login(server)))).text).toBe('a: 1');
  });

  it.each([
    ['nothing', {}, 'Code: 401, Message: User not found! Please check user exist or password is right!.'],
    ['a token that it never gave', { headers: bearer('made-up') }, 'Code: 401, Message: token invalid!.'],
  ])('refuses %s with 403', async (_, request, message) => {
    const server = await serveNacos({ auth });
    expect(outcome(await call(server, read, { query: place, ...request }))).toMatchObject({
      status: 403,
      json: { status: 403, error: 'Forbidden', message, path: '/nacos/v1/cs/configs' },
    });
  });

  it('refuses tokens that were expired by script, and takes new ones', async () => {
    const server = await serveNacos({ auth });
    const old = await login(server);
    server.expireTokens();
    expect(outcome(await call(server, read, { query: place, headers: bearer(old) }))).toMatchObject({
      status: 403,
      json: { message: 'Code: 401, Message: token expired!.' },
    });
    expect((await call(server, read, { query: place, headers: bearer(await login(server)) })).status).toBe(404);
  });

  it('refuses tokens whose time is over', async () => {
    const server = await serveNacos({ auth: { ...auth, tokenTtlSeconds: 0 } });
    const token = await login(server);
    expect((await call(server, read, { query: place, headers: bearer(token) })).json).toMatchObject({
      message: 'Code: 401, Message: token expired!.',
    });
  });

  it.each([
    'POST /v1/cs/configs',
    'DELETE /v1/cs/configs',
    'POST /v1/ns/instance',
    'PUT /v1/ns/instance/beat',
    'POST /v3/client/ns/instance',
    'POST /v3/admin/cs/config',
  ])('lets a read-only user not do %s', async (route) => {
    const server = await serveNacos({ auth });
    const headers = bearer(await login(server, 'reader', 'look'));
    expect(outcome(await call(server, route, { headers }))).toMatchObject({
      status: 403,
      json: { message: 'Code: 403, Message: authorization failed!.' },
    });
  });

  it.each([
    ['GET /v3/client/cs/config', { dataId: 'a', groupName: 'b' }],
    ['GET /v1/ns/instance/list', { serviceName: 'a' }],
  ])('lets a read-only user do %s', async (route, query) => {
    const server = await serveNacos({ auth });
    const headers = bearer(await login(server, 'reader', 'look'));
    expect((await call(server, route, { headers, query })).status).toBe(200);
  });

  it.each([
    ['dev:BI:config/a.yaml', 'GET /v1/cs/configs', { dataId: 'a.yaml', group: 'BI', tenant: 'dev' }],
    ['dev:BI:config/a.yaml', 'GET /v3/client/cs/config', { dataId: 'a.yaml', groupName: 'BI', namespaceId: 'dev' }],
    ['dev:BI:naming/svc', 'GET /v1/ns/instance/list', { serviceName: 'BI@@svc', namespaceId: 'dev' }],
    [
      'dev:BI:naming/svc',
      'GET /v3/client/ns/instance/list',
      { serviceName: 'svc', groupName: 'BI', namespaceId: 'dev' },
    ],
    ['public:*:*', 'GET /v1/ns/instance/list', { serviceName: 'svc' }],
  ])('the permission to read %s lets %s pass, and nothing beside it', async (resource, route, query) => {
    const server = await serveNacos({ auth: { ...auth, permissions: { reader: { [resource]: 'r' } } } });
    const headers = bearer(await login(server, 'reader', 'look'));
    expect((await call(server, route, { headers, query })).status).not.toBe(403);
    const beside = { ...query, tenant: 'prod', namespaceId: 'prod' };
    expect((await call(server, route, { headers, query: beside })).status).toBe(403);
  });

  it('answers health to everybody', async () => {
    const server = await serveNacos({ auth });
    expect((await call(server, 'GET /v1/ns/operator/metrics')).json).toEqual({ status: 'UP' });
  });
});
