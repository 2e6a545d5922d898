import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../../test/support/wait-until.ts';
import { serveNacos } from '../../../test/support/nacos-server.ts';
import type { Nacos } from './client.ts';
import { endDocument, openNacos, timeoutSignal, readText, serveRaw } from '../../../test/support/nacos-client.ts';

const REF = { dataId: 'a.yaml', group: 'DEFAULT_GROUP' };
const auth = { users: { admin: 'admin-pw', reader: 's3cret +&%' }, readOnly: ['reader'] };
const credentials = { username: 'reader', password: 's3cret +&%' };
const LOGIN = /\/auth\/(?:user\/)?login$/;
const LOGIN_OR_STATE = /\/auth\/(?:user\/)?login$|\/state$/;
/** A server that refused is asked again at once. */
const SOON = { againMs: 10 };
const REFUSED =
  /expected to log in as NACOS_USERNAME, got [45]0[03] ".+", a server that started within the last seconds/;
const CONFIG = { outcome: 'rejected', reason: 'config' };
const DOWN = { outcome: 'unavailable', reason: 'nacos' };

async function serveOne(options: Parameters<typeof serveNacos>[0] = {}) {
  const server = await serveNacos({ auth, ...options });
  server.configs.publish('a.yaml', 'n: 1');
  return server;
}

const readThrice = (nacos: Nacos) => Promise.all([1, 2, 3].map(() => readText(nacos, REF, timeoutSignal())));

describe('a login', () => {
  it.each([
    ['auto', 1],
    ['v1', 1],
    ['v3', 1],
  ] as const)('is made once for parallel reads, NACOS_API=%s', async (api, count) => {
    const server = await serveOne();
    const nacos = openNacos([server.address], { api, credentials });
    expect(await readThrice(nacos)).toEqual(['n: 1', 'n: 1', 'n: 1']);
    await readText(nacos, REF, timeoutSignal());
    expect(server.requests.count({ path: LOGIN })).toBe(count);
  });

  it.each(['v1', 'v3'] as const)('is made where %s is the only API', async (api) => {
    const server = await serveOne({ apis: [api] });
    expect(await readThrice(openNacos([server.address], { credentials }))).toEqual(['n: 1', 'n: 1', 'n: 1']);
  });

  it('is renewed once for parallel reads when the token expired', async () => {
    const server = await serveOne();
    const nacos = openNacos([server.address], { api: 'v1', credentials });
    await readThrice(nacos);
    server.expireTokens();
    server.requests.clear();
    expect(await readThrice(nacos)).toEqual(['n: 1', 'n: 1', 'n: 1']);
    expect(server.requests.count({ path: LOGIN })).toBe(1);
    expect(server.requests.count({ path: '/cs/configs' })).toBe(6);
  });

  it('is renewed, once for parallel reads, before a token of no life left is sent', async () => {
    let logins = 0;
    const sent: (string | undefined)[] = [];
    const address = await serveRaw((request, response) => {
      const isLogin = LOGIN.test(request.url ?? '');
      if (isLogin) logins += 1;
      else sent.push(request.headers.authorization);
      if (isLogin) response.end(JSON.stringify({ accessToken: `t${logins}`, tokenTtl: 0 }));
      else endDocument(response, 'n: 1');
    });
    const nacos = openNacos([address], { api: 'v1', credentials });
    await readText(nacos, REF, timeoutSignal());
    await readText(nacos, REF, timeoutSignal());
    expect(sent).toEqual(['Bearer t1', 'Bearer t2']);
    await Promise.all([1, 2].map(() => readText(nacos, REF, timeoutSignal())));
    expect(sent).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t3', 'Bearer t3']);
  });

  it('may be answered in an envelope', async () => {
    const address = await serveRaw((request, response) => {
      const isLogin = LOGIN.test(request.url ?? '');
      const isRight = request.headers.authorization === 'Bearer wrapped';
      if (isLogin) response.end('{"code":0,"data":{"accessToken":"wrapped","tokenTtl":5}}');
      else endDocument(response, `right: ${isRight}`);
    });
    expect(await readText(openNacos([address], { api: 'v1', credentials }), REF, timeoutSignal())).toBe('right: true');
  });

  it('sends the password in the body and the token in a header, never in an address', async () => {
    const server = await serveOne();
    await readText(openNacos([server.address], { api: 'v1', credentials }), REF, timeoutSignal());
    expect(server.requests.count()).toBe(2);
    const names = server.requests.list().flatMap(({ query }) => Object.keys(query));
    expect(names).toEqual(['dataId', 'group', 'tenant']);
    const [read] = server.requests.list({ path: '/cs/configs' });
    expect(read?.headers.authorization).toMatch(/^Bearer .{10,}/);
  });

  it.each([
    ['v1', /^\/nacos\/v1\/auth/],
    ['v3', /^\/nacos\/v3\/auth/],
  ])('does not wait for %s when the other answers', async (_, path) => {
    const server = await serveOne();
    await server.faults.set('hang', { match: { path } });
    expect(await readText(openNacos([server.address], { credentials }), REF, timeoutSignal())).toBe('n: 1');
  });
});

describe('a wrong password', () => {
  it.each(['auto', 'v1', 'v3'] as const)(
    'is rejected: config, judged twice at most and not shown, NACOS_API=%s',
    async (api) => {
      const server = await serveOne(api === 'v1' ? { version: '2.5.1' } : {});
      const nacos = openNacos(
        [server.address],
        { api, credentials: { username: 'reader', password: 'wr0ng-pw' } },
        SOON,
      );
      const errors = await Promise.all(
        [1, 2].map(() => readText(nacos, REF, timeoutSignal()).catch((e: unknown) => e)),
      );
      for (const error of errors) {
        expect(error).toMatchObject({
          message: expect.stringMatching(REFUSED) as string,
          field: 'NACOS_USERNAME',
          ending: CONFIG,
        });
      }
      expect(server.requests.count({ path: LOGIN })).toBe(2);
      expect(server.requests.count({ path: '/cs/configs' })).toBe(0);
    },
  );

  it.each([
    ['auto', '3.0.3'],
    ['v1', '3.0.3'],
    ['v3', '3.0.3'],
    ['auto', '2.5.1'],
  ] as const)('is nothing where the APIs of clients want no token, NACOS_API=%s, Nacos %s', async (api, version) => {
    const server = await serveOne({ version, auth: { ...auth, client: false } });
    const nacos = openNacos([server.address], { api, credentials: { username: 'reader', password: 'wr0ng-pw' } }, SOON);
    expect(await readThrice(nacos)).toEqual(['n: 1', 'n: 1', 'n: 1']);
    expect(server.requests.list({ path: LOGIN }).filter(({ status }) => status !== 404)).toHaveLength(1);
    expect(server.requests.count({ path: /\/cs\/configs?$/ })).toBeLessThanOrEqual(4); // one of them to find out
  });

  it('that was put right on the server is right from the next read on', async () => {
    const users = { reader: 'other' };
    const server = await serveOne({ auth: { users } });
    const nacos = openNacos([server.address], { credentials }, SOON);
    await expect(readText(nacos, REF, timeoutSignal())).rejects.toMatchObject({ ending: CONFIG });
    users.reader = credentials.password;
    expect(await readText(nacos, REF, timeoutSignal())).toBe('n: 1');
  });

  it('is distinguished from a missing permission', async () => {
    const server = await serveOne();
    await server.faults.set('403', { match: { path: '/cs/configs' } });
    const nacos = openNacos([server.address], { api: 'v1', credentials });
    await expect(readText(nacos, REF, timeoutSignal())).rejects.toMatchObject({
      message: `Nacos at ${server.address}: expected to read document a.yaml of group DEFAULT_GROUP as NACOS_USERNAME, namespace "", got 403 "authorization failed!"`,
      field: 'a.yaml',
      ending: CONFIG,
    });
    expect(server.requests.count({ path: '/cs/configs' })).toBe(1);
    expect(server.requests.count({ path: LOGIN })).toBe(1);
  });

  it('is distinguished from none: a server with auth on refuses the read', async () => {
    const server = await serveOne();
    await expect(readText(openNacos([server.address]), REF, timeoutSignal())).rejects.toMatchObject({
      message: expect.stringMatching(
        /expected to read document a.yaml of group DEFAULT_GROUP without NACOS_USERNAME, namespace "", got 403 ".+"$/,
      ) as string,
      ending: CONFIG,
    });
    expect(server.requests.count()).toBe(2);
  });
});

describe('a login that fails otherwise', () => {
  it.each([
    ['api-absent', CONFIG, 'NACOS_API', 'expected the HTTP API v1 or v3 below /nacos (port 8848), got 404'],
    ['garbage', DOWN, undefined, 'expected an access token, got a body of another form'],
    ['500', DOWN, undefined, 'expected an answer, got status 500'],
    ['reset', DOWN, undefined, 'expected an answer, got ECONNRESET'],
  ] as const)('by %s says so', async (fault, ending, field, message) => {
    const server = await serveOne();
    await server.faults.set(fault, { match: { path: LOGIN_OR_STATE } });
    await expect(readText(openNacos([server.address], { credentials }), REF, timeoutSignal())).rejects.toMatchObject({
      message: `Nacos at ${server.address}: ${message}`,
      ending,
      field,
    });
    expect(server.requests.count({ path: '/cs/configs' })).toBe(0);
  });

  it('is tried again by the next read', async () => {
    const server = await serveOne();
    const nacos = openNacos([server.address], { api: 'v1', credentials }, SOON);
    await server.faults.set('500', { match: { path: LOGIN }, times: 2 });
    await expect(readText(nacos, REF, timeoutSignal())).rejects.toMatchObject({ ending: CONFIG }); // authentication is on
    expect(await readText(nacos, REF, timeoutSignal())).toBe('n: 1');
  });
});

describe('who waits for a login of others', () => {
  it('gives up by its own signal', async () => {
    const server = await serveOne();
    await server.faults.set('hang', { match: { path: LOGIN } });
    const nacos = openNacos([server.address], { credentials });
    const patient = readText(nacos, REF, timeoutSignal()).catch((error: unknown) => error);
    await expect(readText(nacos, REF, AbortSignal.timeout(40))).rejects.toMatchObject({
      message: `Nacos at ${server.address}: expected an answer, got none in time`,
      ending: DOWN,
    });
    nacos.close();
    expect(await patient).toMatchObject({ message: expect.stringContaining('before the client was closed') });
  });

  it('gets the token although the one who began has gone', async () => {
    const server = await serveOne();
    await server.faults.set({ slow: 100 }, { match: { path: LOGIN } });
    const nacos = openNacos([server.address], { api: 'v1', credentials });
    const gone = new AbortController();
    const first = readText(nacos, REF, gone.signal).catch((error: unknown) => error);
    const second = readText(nacos, REF, timeoutSignal());
    await waitUntil(() => expect(server.requests.count({ path: LOGIN })).toBe(1));
    gone.abort();
    expect(await first).toMatchObject({ ending: DOWN });
    expect(await second).toBe('n: 1');
    expect(server.requests.count({ path: LOGIN })).toBe(1);
  });
});
