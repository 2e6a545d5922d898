import { createHash } from 'node:crypto';
import dns, { type LookupAddress } from 'node:dns';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import {
  endDocument,
  listAll,
  openNacos,
  timeoutSignal,
  readText,
  serveRaw,
} from '../../../test/support/nacos-client.ts';
import type { NacosSettings } from '../env.ts';
import { NacosUnreachableError } from './errors.ts';
import { Inquiry } from './inquiry.ts';

const REF = { dataId: 'a.yaml', group: 'DEFAULT_GROUP' };
const SERVICE = { service: 'svc', group: 'DEFAULT_GROUP', cluster: undefined };
const CONFIG = { outcome: 'rejected', reason: 'config' };
const DOWN = { outcome: 'unavailable', reason: 'nacos' };
const credentials = { username: 'reader', password: 's3cret' };
const SOON = { againMs: 10 };
const container = (status: number, message: string): string =>
  JSON.stringify({ timestamp: 'T', status, error: 'Error', message, path: '/nacos' });

type RawReply = readonly [status: number, body: string];
type Routes = Readonly<Record<string, RawReply | ((request: IncomingMessage, response: ServerResponse) => void)>>;

/** A server that answers by the first route that its path contains, `n: 1` to all else on v1; what was asked, in order. */
async function serveRoutes(routes: Routes) {
  const asked: string[] = [];
  const statuses: number[] = [];
  const address = await serveRaw((request, response) => {
    const path = request.url ?? '';
    response.on('finish', () => request.method === 'POST' && statuses.push(response.statusCode));
    asked.push(`${request.method} ${path.replace('/nacos', '').replace(/\?.*/, '')}`);
    const [, route] = Object.entries(routes).find(([part]) => path.includes(part)) ?? [];
    if (typeof route === 'function') route(request, response);
    else if (route !== undefined) response.writeHead(route[0]).end(route[1]);
    else if (path.includes('/v3/')) response.writeHead(404).end(container(404, 'No message available'));
    else endDocument(response, 'n: 1');
  });
  const judged = () => statuses.filter((status) => status !== 404).length;
  return { address, asked, judged, count: (part: string) => asked.filter((one) => one.includes(part)).length };
}

const TOKEN = '{"accessToken":"t","tokenTtl":18000}';
const stateOf = (enabled: boolean): string => JSON.stringify({ auth_enabled: String(enabled) });
const NO_TOKEN = [403, 'Code: 401, Message: User not found! Please check user exist or password is right!.'] as const;
const WRONG_PASSWORD: readonly [string, Routes, number?][] = [
  [
    'Nacos 2.5.1, 403 in text',
    { '/v1/auth': [403, 'user not found!'], '/v1/console/server/state': [200, stateOf(true)] },
  ],
  [
    'Nacos 2.5.1, 500 for an unknown user',
    { '/v1/auth': [500, 'caused: User nosuch not found;'], '/v1/console/server/state': [200, stateOf(true)] },
  ],
  [
    'Nacos 3.0.3, 500 of its container',
    {
      '/v3/auth': [500, container(500, 'No message available')],
      '/v3/admin/core/state': [200, JSON.stringify({ code: 0, data: { auth_enabled: 'true' } })],
      '/v3/client': NO_TOKEN,
    },
    2,
  ],
  [
    'Nacos 3.0.3, 403 for an unknown user',
    {
      '/v3/auth': [403, container(403, 'Access Denied')],
      '/v3/admin/core/state': [200, JSON.stringify({ code: 0, data: { auth_enabled: 'true' } })],
      '/v3/client': NO_TOKEN,
    },
    2,
  ],
  ['r-nacos, which tells no state', { '/v3/auth': [404, ''], '/v1/auth': [403, 'unknown user!'], '/state': [404, ''] }],
];

describe.each(WRONG_PASSWORD)('a wrong password on %s', (_, routes, reads = 0) => {
  it('is rejected: config after two judgements, with what the server said; 3.x is asked whether it wants a token', async () => {
    const server = await serveRoutes(routes);
    const failed = await readText(openNacos([server.address], { credentials }, SOON), REF).catch((e: unknown) => e);
    expect(failed).toMatchObject({
      message: expect.stringMatching(
        /expected to log in as NACOS_USERNAME, got (403|500) ".+", a server that started/,
      ) as string,
      field: 'NACOS_USERNAME',
      ending: CONFIG,
    });
    expect(server.judged()).toBe(2);
    expect(server.count('/cs/')).toBe(reads);
  });

  it('is nothing where authentication is off: the read goes on without a token, with one warning', async () => {
    const off = {
      '/v1/console/server/state': [200, stateOf(false)],
      '/v3/admin/core/state': [200, JSON.stringify({ code: 0, data: { auth_enabled: 'false' } })],
      '/v3/client/cs': [200, JSON.stringify({ code: 0, data: { content: 'n: 1' } })],
    } as const;
    const server = await serveRoutes({ ...off, ...routes, ...off });
    const warn = vi.fn<(message: string) => void>();
    const nacos = openNacos([server.address], { credentials }, { ...SOON, warn });
    expect(await readText(nacos, REF)).toBe('n: 1');
    expect(await readText(nacos, REF)).toBe('n: 1');
    expect(warn.mock.calls).toEqual([
      [`Nacos at ${server.address}: its authentication is off: going on without NACOS_USERNAME`],
    ]);
  });
});

describe('a login', () => {
  it.each([
    ['a server in trouble (5xx, no state)', [500, 'oops'], 'expected an answer, got status 500', false],
    ['a gateway', [502, '<html>'], 'expected an answer, got status 502', true],
    ['r-nacos without a leader', [403, 'transport error: no leader'], 'got 403 "transport error: no leader"', false],
  ] as const)('refused by %s is unavailable: nacos', async (_, answer, got, isUnreachable) => {
    const server = await serveRoutes({ '/v1/auth': answer, '/state': [404, ''] });
    const failed = await readText(openNacos([server.address], { credentials }, SOON), REF).catch((e: unknown) => e);
    expect(failed).toMatchObject({ ending: DOWN, message: expect.stringContaining(got) as string });
    expect(failed instanceof NacosUnreachableError).toBe(isUnreachable);
  });

  it('that the next server takes is one', async () => {
    const state = { '/v1/console/server/state': [200, stateOf(true)] } as const;
    const starting = await serveRoutes({ '/v1/auth': [403, 'user not found!'], ...state });
    const ready = await serveRoutes({ '/v1/auth': [200, TOKEN], ...state });
    const nacos = openNacos([starting.address, ready.address], { credentials, api: 'v1' }, { againMs: 60_000 });
    expect(await readText(nacos, REF)).toBe('n: 1');
    expect([starting.count('POST'), ready.count('POST')]).toEqual([1, 1]);
  });

  it('that is refused at first and taken 2 s later is one', async () => {
    let logins = 0;
    const server = await serveRoutes({
      '/v1/auth': (_, response) => {
        logins += 1;
        response.writeHead(logins === 1 ? 500 : 200).end(logins === 1 ? 'caused: User not found;' : TOKEN);
      },
      '/v1/console/server/state': [200, stateOf(true)],
    });
    expect(await readText(openNacos([server.address], { credentials }, SOON), REF)).toBe('n: 1');
  });

  it('tells the API version: documents and instances are asked in that alone', async () => {
    const server = await serveRoutes({ '/v1/auth': [200, TOKEN] });
    await readText(openNacos([server.address], { credentials }), REF);
    expect(server.asked).toEqual(['POST /v3/auth/user/login', 'POST /v1/auth/login', 'GET /v1/cs/configs']);
  });
});

describe('a token that is refused', () => {
  const onlyAs =
    (isIt: (request: IncomingMessage) => boolean) => (request: IncomingMessage, response: ServerResponse) =>
      isIt(request) ? endDocument(response, 'n: 1') : void response.writeHead(403).end('token error');

  it.each<[string, (request: IncomingMessage) => boolean, number]>([
    ['bare in its header', ({ headers }) => headers.authorization === 't', 2],
    ['as a parameter', ({ url = '', headers }) => url.includes('accessToken=t') && !headers.authorization, 3],
  ])('is tried %s, and what worked is kept', async (_, isIt, requests) => {
    const server = await serveRoutes({ '/v1/auth': [200, TOKEN], '/cs/configs': onlyAs(isIt) });
    const nacos = openNacos([server.address], { credentials, api: 'v1' });
    expect(await readText(nacos, REF)).toBe('n: 1');
    expect(server.count('GET')).toBe(requests);
    expect(await readText(nacos, REF)).toBe('n: 1');
    expect([server.count('GET'), server.count('POST')]).toEqual([requests + 1, 1]);
  });

  it('in every form is rejected: config with what the server said', async () => {
    const server = await serveRoutes({ '/v1/auth': [200, TOKEN], '/cs/configs': [403, 'token error'] });
    await expect(readText(openNacos([server.address], { credentials, api: 'v1' }), REF)).rejects.toMatchObject({
      message: expect.stringContaining('as NACOS_USERNAME, namespace "", got 403 "token error"') as string,
      ending: CONFIG,
    });
    expect([server.count('GET'), server.count('POST')]).toEqual([3, 1]);
  });
});

describe('an illegal name', () => {
  it.each([
    ["Param 'dataId' is illegal, illegal characters should not appear in the param.\n", 'a.yaml'],
    ["Param 'namespaceId/tenant' is illegal, the param length should not exceed 64.", 'NACOS_NAMESPACE'],
    ['{"code":10000,"message":"parameter missing","data":"Required parameter is not present"}', 'a.yaml'],
  ])('that Nacos answers with 400 is rejected: config in its words: %s', async (body, field) => {
    const server = await serveRoutes({ '/cs/': [400, body] });
    const failed = await readText(openNacos([server.address]), REF).catch((e: unknown) => e);
    expect(failed).toMatchObject({ ending: CONFIG, field });
    expect((failed as Error).message).toMatch(/expected document a.yaml of group DEFAULT_GROUP, got 400 ".+"$/);
  });
});

describe('a document of v1', () => {
  const document = (headers: Record<string, string>, body: string) => ({
    '/cs/configs': (_: IncomingMessage, response: ServerResponse) => void response.writeHead(200, headers).end(body),
  });

  it.each([
    ['a gateway’s JSON in its place', {}, '{"code":500,"msg":"no route"}', 'a body without content-md5'],
    ['no header left by a proxy', { 'content-type': 'text/plain' }, 'n: 1', 'a proxy strips headers'],
    [
      'another MD5, because it was cut short',
      { 'content-md5': 'e0ccdaf42c593022e15b18cc0e96d201' },
      'a',
      'another MD5',
    ],
    [
      'another MD5, because a proxy wrote its line ends anew',
      { 'content-md5': 'e0ccdaf42c593022e15b18cc0e96d201' },
      'a: 1\r\n',
      'another MD5',
    ],
  ])('with %s is unavailable: nacos', async (_, headers, body, got) => {
    const server = await serveRoutes(document(headers, body));
    await expect(readText(openNacos([server.address], { api: 'v1' }), REF)).rejects.toMatchObject({
      message: expect.stringContaining(got) as string,
      ending: DOWN,
    });
  });

  it('whose MD5 is right is one, bytes for bytes', async () => {
    const server = await serveRoutes(document({ 'content-md5': 'E0CCDAF42C593022E15B18CC0E96D201' }, 'a: 1\n'));
    expect(await readText(openNacos([server.address], { api: 'v1' }), REF)).toBe('a: 1\n');
  });
});

it('a document in another charset than UTF-8 is rejected: config', async () => {
  const gbk = Buffer.from([0x61, 0x3a, 0x20, 0xb5, 0xea]);
  const server = await serveRoutes({
    '/v1/cs': (_, response) =>
      void response.setHeader('content-md5', createHash('md5').update(gbk).digest('hex')).end(gbk),
  });
  await expect(readText(openNacos([server.address], { api: 'v1' }), REF)).rejects.toMatchObject({
    message: expect.stringMatching(/expected document .+ in UTF-8, got bytes that are no UTF-8$/) as string,
    ending: CONFIG,
  });
});

it('a document of v3 is held to the MD5 in its envelope', async () => {
  const server = await serveRoutes({
    '/cs/config': [200, JSON.stringify({ code: 0, data: { content: 'a', md5: 'e0ccdaf42c593022e15b18cc0e96d201' } })],
  });
  await expect(readText(openNacos([server.address], { api: 'v3' }), REF)).rejects.toMatchObject({ ending: DOWN });
});

describe('a size', () => {
  it.each([
    ['v1', 1024 * 1024, true],
    ['v1', 1024 * 1024 + 1, false],
    ['v3', 1024 * 1024, true],
    ['v3', 1024 * 1024 + 1, false],
  ] as const)('of a document, %s: %d bytes are taken: %j', async (api, size, isTaken) => {
    const text = '"'.repeat(size); // JSON writes two bytes for each
    const server = await serveRoutes({
      '/v1/cs': (_, response) => endDocument(response, text),
      '/v3/client/cs': [200, JSON.stringify({ code: 0, data: { content: text } })],
    });
    const read = await readText(openNacos([server.address], { api }), REF).catch((error: unknown) => error);
    const refused = {
      field: 'a.yaml',
      ending: CONFIG,
      message: expect.stringMatching(/of at most 1 MiB, got \d+ bytes/) as string,
    };
    expect(isTaken ? { isText: read === text } : read).toMatchObject(isTaken ? { isText: true } : refused);
  });

  it.each(['v1', 'v3'] as const)('of a list over 4 MiB is refused, %s', async (api) => {
    const hosts = JSON.stringify({ code: 0, hosts: [], data: [] }) + ' '.repeat(4 * 1024 * 1024);
    const server = await serveRoutes({ '/instance/list': [200, hosts] });
    await expect(listAll(openNacos([server.address], { api }), SERVICE)).rejects.toMatchObject({
      field: 'svc',
      ending: CONFIG,
      message: expect.stringContaining('of at most 4 MiB, got') as string,
    });
  });
});

describe('a list of instances', () => {
  const listing = (hosts: readonly object[]) => ({
    '/v1/ns': [200, JSON.stringify({ hosts })] as const,
    '/v3/client/ns': [200, JSON.stringify({ code: 0, data: hosts })] as const,
  });
  const host = { ip: '10.0.0.1', port: 1, healthy: true, enabled: true };

  it.each(['v1', 'v3'] as const)('is filtered by cluster where the server is not so kind, %s', async (api) => {
    const clusters = ['EAST', 'WEST', 'SOUTH'];
    const server = await serveRoutes(
      listing(clusters.map((clusterName, port) => Object.assign({}, host, { clusterName, port: port + 1 }))),
    );
    const nacos = openNacos([server.address], { api });
    expect(await listAll(nacos, { ...SERVICE, cluster: 'WEST' })).toMatchObject([{ port: 2 }]);
    expect(await listAll(nacos, { ...SERVICE, cluster: 'EAST,SOUTH' })).toMatchObject([{ port: 1 }, { port: 3 }]);
    expect(await listAll(nacos, SERVICE)).toHaveLength(3);
  });

  it('with the weight "NaN" of Nacos 2.5.1 gives it no weight', async () => {
    const server = await serveRoutes(listing([{ ...host, weight: 'NaN' }]));
    expect(await listAll(openNacos([server.address], { api: 'v1' }), SERVICE)).toMatchObject([{ weight: NaN }]);
  });
});

describe('the namespace public', () => {
  it('is the empty tenant for documents and public for instances, on v1', async () => {
    const queries: string[] = [];
    const address = await serveRaw((request, response) => {
      queries.push(request.url ?? '');
      if (request.url?.includes('/ns/') === true) response.end('{"hosts":[]}');
      else endDocument(response, 'n: 1');
    });
    const settings: Partial<NacosSettings> = { api: 'v1', namespace: 'public' };
    const nacos = openNacos([address], settings);
    await readText(nacos, REF);
    await listAll(nacos, SERVICE);
    expect(queries[0]).toMatch(/[?&]tenant=(&|$)/);
    expect(queries[1]).toContain('namespaceId=public');
  });
});

it.each([
  ['http://HOST/tc-nacos', '/tc-nacos/v1/cs/configs'],
  ['http://HOST/a/nacos/', '/a/nacos/v1/cs/configs'],
  ['http://HOST', '/nacos/v1/cs/configs'],
])('a server given as %s is asked below its context path', async (given, path) => {
  const paths: string[] = [];
  const address = await serveRaw((request, response) => {
    paths.push((request.url ?? '').replace(/\?.*/, ''));
    endDocument(response, 'n: 1');
  });
  expect(await readText(openNacos([given.replace('HOST', address)], { api: 'v1' }), REF)).toBe('n: 1');
  expect(paths).toEqual([path]);
});

declare function resolved(error: null, addresses: LookupAddress[]): void;

describe('of two servers, one whose answers are not Nacos’s', () => {
  it.each([
    ['a page with 200', [200, '<html>']],
    ['a page with 404', [404, '<html>']],
    ['a gateway’s JSON', [200, '{"code":500,"msg":"no route"}']],
  ] as const)('does not decide: %s', async (_, answer) => {
    const broken = await serveRoutes({ '/nacos/': answer });
    const good = await serveRoutes({});
    const nacos = openNacos([broken.address, good.address]);
    expect(await nacos.readDocument(REF, new Inquiry(timeoutSignal()))).toEqual({
      value: 'n: 1',
      by: ` at ${good.address}`,
    });
    expect([broken.asked.length, good.asked.length]).toEqual([2, 2]); // in each version of the API
    expect(await readText(nacos, REF)).toBe('n: 1');
    expect(broken.asked).toHaveLength(2); // the other one is asked first from then on
  });
});

describe('one name in front of several servers, one of which hangs', () => {
  it('is asked again on a new connection, under the same name', async () => {
    const hosts: (string | undefined)[] = [];
    let hanging: unknown;
    const address = await serveRaw((request, response) => {
      hosts.push(request.headers.host);
      hanging ??= request.socket;
      if (request.socket !== hanging) endDocument(response, 'n: 1');
    });
    const name = address.replace('127.0.0.1', 'localhost');
    expect(await readText(openNacos([name], { api: 'v1' }), REF)).toBe('n: 1');
    expect(hosts).toEqual([name, name]);
  });

  it('is asked again at another of its addresses, though the resolver gives the one that hangs first each time', async () => {
    const hosts: (string | undefined)[] = [];
    const address = await serveRaw((request, response) => {
      hosts.push(request.headers.host);
      endDocument(response, 'n: 1');
    });
    const port = Number(address.split(':')[1]);
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(port, '127.0.0.2', resolve));
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((_: string, __: object, callback: typeof resolved) =>
      callback(
        null,
        ['127.0.0.2', '127.0.0.1'].map((one) => ({ address: one, family: 4 })),
      )) as typeof dns.lookup); // the overload that asks for all
    const nacos = openNacos([`nacos-headless:${port}`], { api: 'v1' });
    expect(await readText(nacos, REF)).toBe('n: 1');
    expect(await readText(nacos, REF)).toBe('n: 1');
    expect(hosts).toEqual([`nacos-headless:${port}`, `nacos-headless:${port}`]);
    lookup.mockRestore();
    silent.closeAllConnections();
    silent.close();
  });

  it('is never asked twice at once for a login', async () => {
    let logins = 0;
    const server = await serveRoutes({
      '/v1/auth': (_, response) => {
        logins += 1;
        setTimeout(() => response.end(TOKEN), 1300);
      },
    });
    expect(await readText(openNacos([server.address], { api: 'v1', credentials }), REF)).toBe('n: 1');
    expect(logins).toBe(1);
  });
});
