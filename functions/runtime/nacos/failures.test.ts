import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../../test/support/wait-until.ts';
import type { Fault } from '../../../tools/stack/nacos/faults.ts';
import { serveNacos } from '../../../test/support/nacos-server.ts';
import type { NacosSettings } from '../env.ts';
import { RunError } from '../run-error.ts';
import { listAll, openNacos, timeoutSignal, readText, serveRaw } from '../../../test/support/nacos-client.ts';

const REF = { dataId: 'a.yaml', group: 'BI' };
const SERVICE = { service: 'svc', group: 'BI', cluster: undefined };
const CONFIG = { outcome: 'rejected', reason: 'config' };
const DOWN = { outcome: 'unavailable', reason: 'nacos' };

type Apis = readonly NacosSettings['api'][];
const ALL: Apis = ['auto', 'v1', 'v3'];

const FAULTS: readonly [Fault, typeof CONFIG, string | undefined, (api: string) => string][] = [
  [
    '401',
    CONFIG,
    'svc',
    () =>
      'expected to read the instances of svc in group BI without NACOS_USERNAME, namespace "", got 401 "Unauthorized"',
  ],
  [
    '403',
    CONFIG,
    'svc',
    () =>
      'expected to read the instances of svc in group BI without NACOS_USERNAME, namespace "", got 403 "authorization failed!"',
  ],
  ['api-absent', CONFIG, 'NACOS_API', (api) => `expected the HTTP API ${api} below /nacos (port 8848), got 404`],
  ['410', CONFIG, 'NACOS_API', (api) => `expected the HTTP API ${api} below /nacos (port 8848), got 410`],
  ['garbage', DOWN, undefined, () => 'expected the instances of svc in group BI, got a body of another form'],
  ['500', DOWN, undefined, () => 'expected an answer, got status 500'],
  ['502', DOWN, undefined, () => 'expected an answer, got status 502'],
  ['reset', DOWN, undefined, () => 'expected an answer, got ECONNRESET'],
  ['half-body', DOWN, undefined, () => 'expected an answer, got ECONNRESET'],
  ['down', DOWN, undefined, () => 'expected an answer, got ECONNREFUSED'],
];

describe.each(FAULTS)('the fault %s', (fault, ending, field, message) => {
  it.each(ALL)(`is ${ending.outcome}: ${ending.reason} to NACOS_API=%s`, async (api) => {
    const server = await serveNacos();
    await server.faults.set(fault);
    await expect(listAll(openNacos([server.address], { api }), SERVICE, timeoutSignal())).rejects.toMatchObject({
      name: 'RunError',
      message: `Nacos at ${server.address}: ${message(api === 'auto' ? 'v1 or v3' : api)}`,
      ending,
      field,
    });
  });
});

describe('what is asked for', () => {
  it('is named when it is a document', async () => {
    const server = await serveNacos();
    await server.faults.set('403');
    const nacos = openNacos([server.address], { namespace: 'prod-id' });
    await expect(readText(nacos, REF, timeoutSignal())).rejects.toMatchObject({
      message: `Nacos at ${server.address}: expected to read document a.yaml of group BI without NACOS_USERNAME, namespace "prod-id", got 403 "authorization failed!"`,
      field: 'a.yaml',
      ending: CONFIG,
    });
  });

  it('is undefined when it is a missing document, and no instances of an unknown service', async () => {
    const nacos = openNacos([(await serveNacos()).address]);
    expect(await readText(nacos, REF, timeoutSignal())).toBeUndefined();
    expect(await listAll(nacos, SERVICE, timeoutSignal())).toEqual([]);
  });

  it('is no missing document when the API is missing: a 404 needs the words of Nacos', async () => {
    const address = await serveRaw((_, response) => response.writeHead(404).end('page not found'));
    await expect(readText(openNacos([address], { api: 'v1' }), REF, timeoutSignal())).rejects.toMatchObject({
      message: `Nacos at ${address}: expected the HTTP API v1 below /nacos (port 8848), got 404`,
      ending: CONFIG,
    });
  });

  it.each([
    ['no envelope', '[]', 'a body of another form'],
    ['an unknown code', '{"code":30000,"data":null}', 'a body of another form'],
    ['no data', '{"code":0}', 'a body of another form'],
    ['no content', '{"code":0,"data":{"content":null}}', 'a body of another form'],
  ])('is unavailable when v3 answers 200 with %s', async (_, body, got) => {
    const address = await serveRaw((_, response) => response.end(body));
    const nacos = openNacos([address], { api: 'v3' });
    await expect(readText(nacos, REF, timeoutSignal())).rejects.toMatchObject({
      message: `Nacos at ${address}: expected document a.yaml of group BI, got ${got}`,
      ending: DOWN,
    });
    await expect(listAll(nacos, SERVICE, timeoutSignal())).rejects.toMatchObject({ ending: DOWN });
  });

  it.each([301, 400])('is unavailable when Nacos answers %d', async (status) => {
    const address = await serveRaw((_, response) => response.writeHead(status).end());
    await expect(readText(openNacos([address]), REF, timeoutSignal())).rejects.toMatchObject({
      message: `Nacos at ${address}: expected document a.yaml of group BI, got status ${status}`,
      ending: DOWN,
    });
  });
});

describe('of two answers that tell no version', () => {
  const V3 = /^\/nacos\/v3\//;

  it.each([
    ['403', 403, CONFIG, 'expected to read'],
    ['500', 404, DOWN, 'got status 500'],
    ['garbage', 404, DOWN, 'got a body of another form'],
  ] as const)('%s weighs more than an absent API', async (fault, _, ending, message) => {
    const server = await serveNacos({ apis: ['v3'] });
    await server.faults.set(fault, { match: { path: V3 } });
    await expect(listAll(openNacos([server.address]), SERVICE, timeoutSignal())).rejects.toMatchObject({
      message: expect.stringContaining(message),
      ending,
    });
  });

  it('a failure of the transport weighs more than a 403: it may pass', async () => {
    const address = await serveRaw((request, response) =>
      response.writeHead(V3.test(request.url ?? '') ? 403 : 503).end(),
    );
    await expect(readText(openNacos([address]), REF, timeoutSignal())).rejects.toMatchObject({
      message: `Nacos at ${address}: expected an answer, got status 503`,
    });
  });
});

describe('a signal', () => {
  it.each(ALL)('ends a question to a server that hangs, NACOS_API=%s', async (api) => {
    const server = await serveNacos();
    await server.faults.set('hang');
    const given = new AbortController();
    const asked = readText(openNacos([server.address], { api }), REF, given.signal);
    await waitUntil(() => expect(server.requests.count()).toBe(api === 'auto' ? 2 : 1));
    given.abort();
    await expect(asked).rejects.toMatchObject({
      message: `Nacos at ${server.address}: expected an answer, got none in time`,
      ending: DOWN,
    });
    expect(server.requests.count()).toBe(api === 'auto' ? 2 : 1);
  });

  it('that a run aborted gives the reason of the run', async () => {
    const server = await serveNacos();
    await server.faults.set('hang');
    const run = new AbortController();
    const asked = readText(openNacos([server.address]), REF, AbortSignal.any([run.signal, timeoutSignal()]));
    const reason = new RunError({ outcome: 'unavailable', reason: 'budget' }, 'no time left');
    run.abort(reason);
    await expect(asked).rejects.toBe(reason);
  });

  it('that is aborted before sends nothing', async () => {
    const server = await serveNacos();
    const nacos = openNacos([server.address], { credentials: { username: 'a', password: 'b' } });
    await expect(readText(nacos, REF, AbortSignal.abort())).rejects.toMatchObject({ ending: DOWN });
    expect(server.requests.count()).toBe(0);
  });

  it('is not needed when the client is closed', async () => {
    const server = await serveNacos();
    await server.faults.set('hang');
    const nacos = openNacos([server.address], { api: 'v1' });
    const asked = readText(nacos, REF, timeoutSignal());
    nacos.close();
    await expect(asked).rejects.toMatchObject({
      message: `Nacos at ${server.address}: expected an answer, got none before the client was closed`,
      ending: DOWN,
    });
  });
});
