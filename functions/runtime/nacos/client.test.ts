import { describe, expect, it } from 'vitest';
import { serveNacos } from '../../../test/support/nacos-server.ts';
import { listAll, openNacos, timeoutSignal, readText, serveRaw } from '../../../test/support/nacos-client.ts';

const REF = { dataId: 'a.yaml', group: 'DEFAULT_GROUP' };
const SERVICE = { service: 'svc', group: 'DEFAULT_GROUP', cluster: undefined };
const V1 = /^\/nacos\/v1\//;
const V3 = /^\/nacos\/v3\//;

/** A server that has one document and one instance. */
async function serveOne(options: Parameters<typeof serveNacos>[0] = {}) {
  const server = await serveNacos(options);
  server.configs.publish('a.yaml', 'n: "1 + 淘"\n');
  server.services.register({ serviceName: 'svc', ip: '10.0.0.1', port: 9000 });
  return server;
}

describe.each([
  ['v1 only', { apis: ['v1'] }, ['auto', 'v1']],
  ['v3 only', { apis: ['v3'] }, ['auto', 'v3']],
  ['both APIs', {}, ['auto', 'v1', 'v3']],
  ['v1 switched off', { v1Gone: true }, ['auto', 'v3']],
] as const)('a server with %s', (_, options, apis) => {
  it.each(apis)('gives a document and instances to NACOS_API=%s', async (api) => {
    const server = await serveOne(options);
    const nacos = openNacos([server.address], { api });
    expect(await readText(nacos, REF, timeoutSignal())).toBe('n: "1 + 淘"\n');
    expect(await readText(nacos, { ...REF, dataId: 'b.yaml' }, timeoutSignal())).toBeUndefined();
    expect(await listAll(nacos, SERVICE, timeoutSignal())).toEqual([
      { ip: '10.0.0.1', port: 9000, weight: 1, healthy: true, enabled: true, metadata: {} },
    ]);
    expect(await listAll(nacos, { ...SERVICE, service: 'other' }, timeoutSignal())).toEqual([]);
  });
});

describe('finding out the version', () => {
  it.each([
    ['v3', V3, ['v1']],
    ['v1', V1, ['v3']],
  ] as const)('costs at most one request in %s and none after the first answer', async (_, absent, apis) => {
    const server = await serveOne({ apis });
    const nacos = openNacos([server.address]);
    await readText(nacos, REF, timeoutSignal());
    await readText(nacos, REF, timeoutSignal());
    await listAll(nacos, SERVICE, timeoutSignal());
    expect(server.requests.count({ path: absent })).toBeLessThanOrEqual(1); // it may be aborted before it arrives
    expect(server.requests.count({ path: absent === V1 ? V3 : V1 })).toBe(3);
  });

  it('costs at most two requests for each of the first documents, which are read in parallel', async () => {
    const server = await serveOne({ apis: ['v1'] });
    const nacos = openNacos([server.address]);
    await Promise.all([REF, { ...REF, dataId: 'b.yaml' }].map((ref) => readText(nacos, ref, timeoutSignal())));
    expect(server.requests.count({ path: V1 })).toBe(2);
    expect(server.requests.count({ path: V3 })).toBeLessThanOrEqual(2);
  });

  it.each([
    ['v1', V1],
    ['v3', V3],
  ])('does not wait for %s when the other answers', async (_, path) => {
    const server = await serveOne();
    await server.faults.set('hang', { match: { path } });
    expect(await readText(openNacos([server.address]), REF, timeoutSignal())).toContain('淘');
  });

  it.each([
    ['refuses', '403'],
    ['resets', 'reset'],
    ['answers 500 to', '500'],
    ['answers garbage to', 'garbage'],
  ] as const)('survives a proxy that %s the version that the server does not speak', async (_, fault) => {
    const server = await serveOne({ apis: ['v1'] });
    await server.faults.set(fault, { match: { path: V3 } });
    const nacos = openNacos([server.address]);
    expect(await readText(nacos, REF, timeoutSignal())).toContain('淘');
    await readText(nacos, { ...REF, dataId: 'b.yaml' }, timeoutSignal());
    const asked = server.requests.list().filter(({ query }) => query['dataId'] === 'b.yaml');
    expect(asked).toMatchObject([{ path: '/nacos/v1/cs/configs' }]);
  });

  it('is not done when the version is pinned', async () => {
    const server = await serveOne();
    for (const api of ['v1', 'v3'] as const) {
      server.requests.clear();
      await readText(openNacos([server.address], { api }), REF, timeoutSignal());
      expect(server.requests.list()).toMatchObject([{ path: expect.stringContaining(`/nacos/${api}/`) }]);
    }
  });

  it('is done again when the server was upgraded under a living process', async () => {
    const old = await serveOne({ apis: ['v1'] });
    const nacos = openNacos([old.address]);
    await readText(nacos, REF, timeoutSignal());
    await old.close();
    const upgraded = await serveOne({ v1Gone: true, port: old.port });
    expect(await readText(nacos, REF, timeoutSignal())).toContain('淘');
    await readText(nacos, { ...REF, dataId: 'b.yaml' }, timeoutSignal());
    const asked = upgraded.requests.list().filter(({ query }) => query['dataId'] === 'b.yaml');
    expect(asked).toMatchObject([{ path: '/nacos/v3/client/cs/config' }]);
  });
});

describe.each(['v1', 'v3'] as const)('the %s API', (api) => {
  it('keeps namespaces and groups apart', async () => {
    const server = await serveNacos();
    server.configs.publish('a.yaml', 'n: public');
    server.configs.publish('a.yaml', 'n: prod', { namespace: 'prod-id', group: 'BI' });
    server.services.register({ serviceName: 'svc', ip: '10.0.0.1', port: 1 });
    server.services.register({ serviceName: 'svc', ip: '10.0.0.2', port: 2, namespaceId: 'prod-id', groupName: 'BI' });
    const inPublic = openNacos([server.address], { api });
    const inProd = openNacos([server.address], { api, namespace: 'prod-id' });
    expect(await readText(inPublic, REF, timeoutSignal())).toBe('n: public');
    expect(await readText(inPublic, { ...REF, group: 'BI' }, timeoutSignal())).toBeUndefined();
    expect(await readText(inProd, REF, timeoutSignal())).toBeUndefined();
    expect(await readText(inProd, { ...REF, group: 'BI' }, timeoutSignal())).toBe('n: prod');
    expect(await listAll(inPublic, SERVICE, timeoutSignal())).toMatchObject([{ port: 1 }]);
    expect(await listAll(inProd, SERVICE, timeoutSignal())).toEqual([]);
    expect(await listAll(inProd, { ...SERVICE, group: 'BI' }, timeoutSignal())).toMatchObject([{ port: 2 }]);
  });

  it('asks for one cluster or all, and gets unhealthy instances too', async () => {
    const server = await serveNacos();
    server.services.register({ serviceName: 'svc', ip: '10.0.0.1', port: 1, clusterName: 'EAST', healthy: false });
    server.services.register({ serviceName: 'svc', ip: '10.0.0.1', port: 2, clusterName: 'WEST', weight: 0.5 });
    const nacos = openNacos([server.address], { api });
    expect(await listAll(nacos, { ...SERVICE, cluster: 'EAST' }, timeoutSignal())).toMatchObject([
      { port: 1, healthy: false },
    ]);
    expect(await listAll(nacos, SERVICE, timeoutSignal())).toMatchObject([{ port: 1 }, { port: 2, weight: 0.5 }]);
  });

  it('gives 10,000 instances', async () => {
    const server = await serveNacos();
    for (let port = 1; port <= 10_000; port += 1) {
      server.services.register({ serviceName: 'svc', ip: '10.0.0.1', port, metadata: { gRPC_port: String(port) } });
    }
    const instances = await listAll(openNacos([server.address], { api }), SERVICE, timeoutSignal());
    expect(instances).toHaveLength(10_000);
    expect(instances[9_999]).toMatchObject({ port: 10_000, metadata: { gRPC_port: '10000' } });
  });

  it('drops malformed hosts and fills in what a host leaves out', async () => {
    const hosts = [null, 5, {}, { ip: '', port: 1 }, { ip: 'a', port: '1' }, { ip: 'b', port: 2, metadata: null }];
    const body = JSON.stringify(api === 'v1' ? { hosts } : { code: 0, data: hosts });
    const address = await serveRaw((_, response) => response.end(body));
    expect(await listAll(openNacos([address], { api }), SERVICE, timeoutSignal())).toEqual([
      { ip: 'b', port: 2, weight: 1, healthy: false, enabled: true, metadata: {} },
    ]);
  });

  it('is asked over IPv6', async () => {
    const server = await serveOne({ host: '::1' });
    expect(await readText(openNacos([server.address], { api }), REF, timeoutSignal())).toContain('淘');
  });

  it('is asked by a product name, without credentials unless there are some', async () => {
    const server = await serveOne();
    await readText(openNacos([server.address], { api }), REF, timeoutSignal());
    const [request] = server.requests.list();
    expect(request?.headers['user-agent']).toBe('bi-cron');
    expect(request?.headers.authorization).toBeUndefined();
  });
});
