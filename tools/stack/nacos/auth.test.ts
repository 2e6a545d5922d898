import { describe, expect, it } from 'vitest';
import { call, serve, type Reply } from '../../../test/support/nacos-server.ts';
import type { NacosServer } from './server.ts';

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
    const server = await serve({ auth: { ...auth, tokenTtlSeconds: 60 } });
    const { status, json, headers } = await call(server, `POST ${path}`, {
      form: { username: 'admin', password: 'secret' },
    });
    expect(status).toBe(200);
    expect(json).toEqual({ accessToken: expect.any(String), tokenTtl: 60, globalAdmin: true, username: 'admin' });
    expect(headers.get('authorization')).toMatch(/^Bearer \S{20,}$/);
  });

  it('lives 18000 seconds when nothing else is said', async () => {
    const { json } = await call(await serve({ auth }), 'POST /v1/auth/login', {
      form: { username: 'reader', password: 'look' },
    });
    expect(json).toMatchObject({ tokenTtl: 18_000, globalAdmin: false });
  });

  it.each([
    ['a wrong password', { username: 'admin', password: 'guess' }],
    ['an unknown user', { username: 'toString', password: 'secret' }],
  ])('answers 403 to %s', async (_, form) => {
    expect(outcome(await call(await serve({ auth }), 'POST /v1/auth/login', { form }))).toEqual({
      status: 403,
      json: {
        timestamp: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T/),
        status: 403,
        error: 'Forbidden',
        message: 'User not found! Please check user exist or password is right!',
        path: '/nacos/v1/auth/login',
      },
    });
  });

  it('succeeds for everybody where auth is off, and is not needed', async () => {
    const server = await serve();
    server.configs.publish('bi-cron.yaml', 'a: 1');
    await login(server, 'anybody', 'anything');
    expect((await call(server, read, { query: place, headers: bearer('stale') })).text).toBe('a: 1');
  });
});

describe('with auth on', () => {
  it.each([
    ['the Authorization header', (token: string) => ({ query: place, headers: bearer(token) })],
    ['the accessToken header', (token: string) => ({ query: place, headers: { accessToken: token } })],
    ['the accessToken parameter', (token: string) => ({ query: { ...place, accessToken: token } })],
    ['user name and password as parameters', () => ({ query: { ...place, username: 'admin', password: 'secret' } })],
  ])('takes %s', async (_, request) => {
    const server = await serve({ auth });
    server.configs.publish('bi-cron.yaml', 'a: 1');
    expect((await call(server, read, request(await login(server)))).text).toBe('a: 1');
  });

  it.each([
    ['nothing', {}, 'User not found! Please check user exist or password is right!'],
    ['a token that it never gave', { headers: bearer('made-up') }, 'token invalid!'],
  ])('refuses %s with 403', async (_, request, message) => {
    const server = await serve({ auth });
    expect(outcome(await call(server, read, { query: place, ...request }))).toMatchObject({
      status: 403,
      json: { status: 403, error: 'Forbidden', message, path: '/nacos/v1/cs/configs' },
    });
  });

  it('refuses tokens that were expired by script, and takes new ones', async () => {
    const server = await serve({ auth });
    const old = await login(server);
    server.expireTokens();
    expect(outcome(await call(server, read, { query: place, headers: bearer(old) }))).toMatchObject({
      status: 403,
      json: { message: 'token expired!' },
    });
    expect((await call(server, read, { query: place, headers: bearer(await login(server)) })).status).toBe(404);
  });

  it('refuses tokens whose time is over', async () => {
    const server = await serve({ auth: { ...auth, tokenTtlSeconds: 0 } });
    const token = await login(server);
    expect((await call(server, read, { query: place, headers: bearer(token) })).json).toMatchObject({
      message: 'token expired!',
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
    const server = await serve({ auth });
    const headers = bearer(await login(server, 'reader', 'look'));
    expect(outcome(await call(server, route, { headers }))).toMatchObject({
      status: 403,
      json: { message: 'authorization failed!' },
    });
  });

  it.each([
    ['GET /v3/client/cs/config', { dataId: 'a', groupName: 'b' }],
    ['GET /v1/ns/instance/list', { serviceName: 'a' }],
  ])('lets a read-only user do %s', async (route, query) => {
    const server = await serve({ auth });
    const headers = bearer(await login(server, 'reader', 'look'));
    expect((await call(server, route, { headers, query })).status).toBe(200);
  });

  it('answers health to everybody', async () => {
    const server = await serve({ auth });
    expect((await call(server, 'GET /v1/ns/operator/metrics')).json).toEqual({ status: 'UP' });
  });
});
