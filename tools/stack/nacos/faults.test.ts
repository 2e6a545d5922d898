import { connect } from 'node:net';
import { get } from 'node:https';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Fault } from './faults.ts';
import type { NacosServer } from './server.ts';
import { testCertificate } from '../../../test/support/tls.ts';
import { call, serveNacos } from '../../../test/support/nacos-server.ts';

const place = { dataId: 'bi-cron.yaml', group: 'DEFAULT_GROUP' };
const read = 'GET /v1/cs/configs';
const list = 'GET /v1/ns/instance/list';

async function serveOne(): Promise<NacosServer> {
  const server = await serveNacos();
  server.configs.publish('bi-cron.yaml', 'env: dev');
  server.services.register({ serviceName: 'svc', ip: '10.0.0.1', port: 1 });
  return server;
}

describe('faults with an answer', () => {
  it.each([
    ['401', 401, 'Unauthorized'],
    ['403', 403, 'authorization failed!'],
    ['api-absent', 404, 'No message available'],
    ['410', 410, 'nacos.core.api.compatibility.client.enabled=true'],
    ['500', 500, 'scripted fault'],
    ['502', 502, '<center><h1>502 Bad Gateway</h1></center>'],
  ] as const)('%s answers %d until it is cleared', async (fault, status, part) => {
    const server = await serveOne();
    await server.faults.set(fault);
    const reply = await call(server, read, { query: place });
    expect(reply.status).toBe(status);
    expect(reply.text).toContain(part);
    expect(server.requests.list()).toMatchObject([{ path: '/nacos/v1/cs/configs', status }]);
    await server.faults.clear();
    expect((await call(server, read, { query: place })).text).toBe('env: dev');
  });

  it('api-absent does not say that the document is missing', async () => {
    const server = await serveNacos();
    const missing = await call(server, read, { query: place });
    await server.faults.set('api-absent');
    expect((await call(server, read, { query: place })).text).not.toBe(missing.text);
  });

  it('garbage is 200, no UTF-8 and no JSON', async () => {
    const server = await serveOne();
    await server.faults.set('garbage');
    const response = await fetch(`${server.url}/nacos/v3/client/cs/config`);
    expect(response.status).toBe(200);
    const bytes = await response.arrayBuffer();
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)).toThrow(TypeError);
    expect(() => JSON.parse(Buffer.from(bytes).toString('latin1')) as unknown).toThrow(SyntaxError);
  });

  it('slow answers rightly, and not before its time', async () => {
    const server = await serveOne();
    await server.faults.set({ slow: 100 });
    const startedAt = performance.now();
    expect((await call(server, read, { query: place })).text).toBe('env: dev');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(99);
  });
});

describe('faults of instance lists', () => {
  it.each([list, 'GET /v3/client/ns/instance/list'])('empty-list and all-unhealthy change %s', async (route) => {
    const server = await serveOne();
    const query = { serviceName: 'svc', healthyOnly: 'true' };
    await server.faults.set('empty-list');
    expect(hostsOf((await call(server, route, { query })).json)).toEqual([]);
    await server.faults.set('all-unhealthy');
    expect(hostsOf((await call(server, route, { query })).json)).toMatchObject([{ port: 1, healthy: false }]);
    await server.faults.clear();
    expect(hostsOf((await call(server, route, { query })).json)).toMatchObject([{ port: 1, healthy: true }]);
  });

  it('they touch nothing else, which does not count against their times', async () => {
    const server = await serveOne();
    await server.faults.set('empty-list', { times: 1 });
    expect((await call(server, read, { query: place })).text).toBe('env: dev');
    expect((await call(server, list, { query: { serviceName: 'svc' } })).json).toMatchObject({ hosts: [] });
    expect((await call(server, list, { query: { serviceName: 'svc' } })).json).toMatchObject({ hosts: [{ port: 1 }] });
  });
});

describe('the fault late', () => {
  // The server's timers stand still until a test moves them.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('answers a publication at once and makes it visible later', async () => {
    const server = await serveNacos();
    await server.faults.set({ late: 500 });
    expect((await call(server, 'POST /v1/cs/configs', { form: { ...place, content: 'a: 1' } })).text).toBe('true');
    vi.advanceTimersByTime(499);
    expect((await call(server, read, { query: place })).status).toBe(404);
    vi.advanceTimersByTime(1);
    expect((await call(server, read, { query: place })).text).toBe('a: 1');
  });

  it.each(['POST /v1/ns/instance', 'POST /v3/client/ns/instance'])('does so to %s', async (route) => {
    const server = await serveNacos();
    await server.faults.set({ late: 500 });
    await call(server, route, { form: { serviceName: 'svc', ip: '10.0.0.1', port: '1' } });
    expect(hostsOf((await call(server, list, { query: { serviceName: 'svc' } })).json)).toEqual([]);
    vi.advanceTimersByTime(500);
    expect(hostsOf((await call(server, list, { query: { serviceName: 'svc' } })).json)).toMatchObject([{ port: 1 }]);
  });
});

describe('faults of the connection', () => {
  it('hang never answers, and is counted', async () => {
    const server = await serveOne();
    await server.faults.set('hang');
    const given = new AbortController();
    const request = fetch(`${server.url}/nacos/v1/cs/configs`, { signal: given.signal });
    await vi.waitFor(() => expect(server.requests.count({ path: '/v1/cs/configs' })).toBe(1));
    given.abort();
    await expect(request).rejects.toThrow('aborted');
    expect(server.requests.list()).toMatchObject([{ status: undefined }]);
  });

  it('a server that hangs can be closed', async () => {
    const server = await serveOne();
    await server.faults.set('hang');
    const request = fetch(server.url).catch((error: unknown) => error);
    await vi.waitFor(() => expect(server.requests.count()).toBe(1));
    await server.close();
    expect(await request).toBeInstanceOf(TypeError);
  });

  it('half-body promises the whole and sends half', async () => {
    const server = await serveOne();
    await server.faults.set('half-body');
    const socket = connect(server.port, '127.0.0.1');
    socket.end('GET /nacos/v1/cs/configs?dataId=bi-cron.yaml&group=DEFAULT_GROUP HTTP/1.1\r\nHost: a\r\n\r\n');
    const received = Buffer.concat(await socket.toArray()).toString(); // oxlint-disable-line typescript/no-unsafe-argument -- chunks of a socket without encoding are Buffers
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(received).toContain('Content-Length: 8\r\n');
    expect(received.split('\r\n\r\n')[1]).toBe('env:');
    await expect(call(server, read, { query: place })).rejects.toThrow('terminated');
  });

  it('reset ends the connection by RST', async () => {
    const server = await serveOne();
    await server.faults.set('reset');
    await expect(call(server, read, { query: place })).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(server.requests.list()).toMatchObject([{ status: undefined }]);
  });

  it('reset works below TLS', async () => {
    const server = await serveNacos({ tls: testCertificate });
    await server.faults.set('reset');
    const error = await new Promise<Error>((resolve) => {
      get(`${server.url}/nacos/v1/cs/configs`, { ca: testCertificate.cert, agent: false }).on('error', resolve);
    });
    expect(error.message).toBe('read ECONNRESET');
  });

  it('down refuses connections, and the same port answers after clear', async () => {
    const server = await serveOne();
    await server.faults.set('down');
    await expect(call(server, read, { query: place })).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    await server.faults.clear();
    expect((await call(server, read, { query: place })).text).toBe('env: dev');
  });

  it('down breaks the connections that are open', async () => {
    const server = await serveOne();
    await server.faults.set('hang');
    const request = fetch(server.url).catch((error: unknown) => error);
    await vi.waitFor(() => expect(server.requests.count()).toBe(1));
    await server.faults.set('down');
    expect(await request).toBeInstanceOf(TypeError);
  });

  it('a closed server stays closed', async () => {
    const server = await serveOne();
    await server.faults.set('down');
    await server.close();
    await server.faults.clear();
    await expect(call(server, read, { query: place })).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });
});

describe('the reach of a fault', () => {
  it.each([
    ['a path', { path: '/v1/cs/configs' }, [403, 200]],
    ['a pattern', { path: /^\/nacos\/v1\/ns\// }, [404, 403]],
    ['a data ID', { dataId: 'bi-cron.yaml' }, [403, 200]],
    ['another data ID', { dataId: 'other.yaml' }, [404, 200]],
  ])('can be %s', async (_, match, statuses) => {
    const server = await serveNacos();
    await server.faults.set('403', { match });
    const config = await call(server, read, { query: place });
    const instances = await call(server, list, { query: { serviceName: 'svc' } });
    expect([config.status, instances.status]).toEqual(statuses);
  });

  it('can be a data ID in a form', async () => {
    const server = await serveNacos();
    await server.faults.set('500', { match: { dataId: 'bi-cron.yaml' } });
    expect((await call(server, 'POST /v1/cs/configs', { form: { ...place, content: 'a' } })).status).toBe(500);
  });

  it('can be a number of requests', async () => {
    const server = await serveOne();
    await server.faults.set('500', { times: 2 });
    const statuses = [];
    for (let turn = 0; turn < 4; turn++) statuses.push((await call(server, read, { query: place })).status);
    expect(statuses).toEqual([500, 500, 200, 200]);
  });

  it('cannot be narrowed for down, which sees no request', async () => {
    const server = await serveNacos();
    expect(() => server.faults.set('down', { times: 1 })).toThrow(/^fault "down": expected no options/);
    const fault: Fault = 'down';
    expect(() => server.faults.set(fault, { match: { path: '/x' } })).toThrow(TypeError);
    expect((await call(server, read, { query: place })).status).toBe(404);
  });
});

function hostsOf(body: unknown): unknown {
  const { hosts, data } = body as { hosts?: unknown; data?: unknown }; // oxlint-disable-line typescript/no-unsafe-type-assertion -- parsed JSON, checked by the expectations
  return hosts ?? data;
}
