import { describe, expect, it } from 'vitest';
import { call, serveNacos } from '../../../test/support/nacos-server.ts';

const instance = { serviceName: 'bi-api-leke', ip: '10.0.0.1', port: '9000' };
const listing = 'GET /v1/ns/instance/list';

describe('v1 naming', () => {
  it('lists an instance in full', async () => {
    const server = await serveNacos();
    const form = { ...instance, groupName: 'TEAM', weight: '0.5', metadata: '{"gRPC_port":"9001"}', clusterName: 'A' };
    expect((await call(server, 'POST /v1/ns/instance', { form })).text).toBe('ok');
    const { json } = await call(server, listing, { query: { serviceName: 'bi-api-leke', groupName: 'TEAM' } });
    expect(json).toEqual({
      name: 'TEAM@@bi-api-leke',
      groupName: 'TEAM',
      clusters: '',
      cacheMillis: 10_000,
      hosts: [
        {
          instanceId: '10.0.0.1#9000#A#TEAM@@bi-api-leke',
          ip: '10.0.0.1',
          port: 9000,
          weight: 0.5,
          healthy: true,
          enabled: true,
          ephemeral: true,
          clusterName: 'A',
          serviceName: 'TEAM@@bi-api-leke',
          metadata: { gRPC_port: '9001' },
          instanceHeartBeatInterval: 5000,
          instanceHeartBeatTimeOut: 15_000,
          ipDeleteTimeout: 30_000,
        },
      ],
      lastRefTime: expect.any(Number),
      checksum: '',
      allIps: false,
      reachProtectionThreshold: false,
      valid: true,
    });
  });

  it('lists no host, with 200, of a service that nobody knows', async () => {
    const { status, json } = await call(await serveNacos(), listing, {
      query: { serviceName: 'TEAM@@nobody', clusters: 'A,B' },
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({ name: 'TEAM@@nobody', clusters: 'A,B', hosts: [] });
  });

  it('filters by cluster and by health, and never lists a disabled instance', async () => {
    const server = await serveNacos();
    for (const [port, state] of [
      [1, { clusterName: 'A' }],
      [2, { clusterName: 'B' }],
      [3, { clusterName: 'A', healthy: false }],
      [4, { clusterName: 'A', enabled: false }],
    ] as const) {
      server.services.register({ serviceName: 'svc', ip: '10.0.0.1', port, ...state });
    }
    expect(ports((await call(server, listing, { query: { serviceName: 'svc' } })).json)).toEqual([1, 2, 3]);
    expect(ports((await call(server, listing, { query: { serviceName: 'svc', clusters: 'A,C' } })).json)).toEqual([
      1, 3,
    ]);
    expect(ports((await call(server, listing, { query: { serviceName: 'svc', healthyOnly: 'true' } })).json)).toEqual([
      1, 2,
    ]);
  });

  it('keeps namespaces apart, a blank one being public', async () => {
    const server = await serveNacos();
    await call(server, 'POST /v1/ns/instance', { query: { ...instance, namespaceId: 'dev' } });
    const hostsOf = async (namespaceId: string): Promise<readonly number[]> =>
      ports((await call(server, listing, { query: { serviceName: 'bi-api-leke', namespaceId } })).json);
    expect(await hostsOf('dev')).toEqual([9000]);
    expect(await hostsOf('')).toEqual([]);
    await call(server, 'POST /v1/ns/instance', { query: { ...instance, namespaceId: '' } });
    expect(await hostsOf('public')).toEqual([9000]);
  });

  it('lists the dead as healthy when the protection threshold is reached, even to who asked for healthy ones', async () => {
    const server = await serveNacos();
    for (const port of [1, 2])
      server.services.register({ serviceName: 'svc', ip: '10.0.0.1', port, healthy: port === 1 });
    const query = { serviceName: 'svc', healthyOnly: 'true' };
    server.services.setProtectThreshold({ serviceName: 'svc' }, 0.4);
    expect((await call(server, listing, { query })).json).toMatchObject({
      reachProtectionThreshold: false,
      hosts: [{ port: 1 }],
    });
    server.services.setProtectThreshold({ serviceName: 'svc' }, 0.5);
    expect((await call(server, listing, { query })).json).toMatchObject({
      reachProtectionThreshold: true,
      hosts: [
        { port: 1, healthy: true },
        { port: 2, healthy: true },
      ],
    });
  });

  it('updates and describes one instance on 2.x', async () => {
    const server = await serveNacos({ version: '2.5.1' });
    await call(server, 'POST /v1/ns/instance', { form: { ...instance, metadata: 'zone=a,rack=2' } });
    await call(server, 'PUT /v1/ns/instance', { form: { ...instance, weight: '7' } });
    expect((await call(server, 'GET /v1/ns/instance', { query: instance })).json).toEqual({
      service: 'DEFAULT_GROUP@@bi-api-leke',
      ip: '10.0.0.1',
      port: 9000,
      clusterName: 'DEFAULT',
      weight: 7,
      healthy: true,
      instanceId: '10.0.0.1#9000#DEFAULT#DEFAULT_GROUP@@bi-api-leke',
      metadata: { zone: 'a', rack: '2' },
    });
  });

  it('does not find one instance that is not there', async () => {
    const server = await serveNacos({ version: '2.5.1' });
    expect((await call(server, 'GET /v1/ns/instance', { query: instance })).status).toBe(404);
    expect((await call(server, 'PUT /v1/ns/instance', { query: instance })).text).toBe('ok');
    expect((await call(server, 'DELETE /v1/ns/instance', { query: instance })).text).toBe('ok');
  });

  it('registers by a beat that carries the instance, and says 20404 to one that does not', async () => {
    const server = await serveNacos();
    const interval = { clientBeatInterval: 5000, lightBeatEnabled: true };
    const light = await call(server, 'PUT /v1/ns/instance/beat', { query: instance });
    expect(light.json).toEqual({ ...interval, code: 20404 });
    const beat = JSON.stringify({
      serviceName: 'ignored',
      ip: '10.0.0.1',
      port: 9000,
      cluster: 'A',
      weight: 2,
      metadata: { zone: 'a' },
    });
    const full = await call(server, 'PUT /v1/ns/instance/beat', { query: { serviceName: 'bi-api-leke', beat } });
    expect(full.json).toEqual({ ...interval, code: 10200 });
    expect(server.services.list({ serviceName: 'bi-api-leke' })).toMatchObject([
      { port: 9000, clusterName: 'A', weight: 2, metadata: { zone: 'a' }, ephemeral: true },
    ]);
  });

  it('lists the services of a group by page', async () => {
    const server = await serveNacos();
    for (const serviceName of ['a', 'b', 'c', 'TEAM@@d'])
      server.services.register({ serviceName, ip: '10.0.0.1', port: 1 });
    const query = { pageNo: '2', pageSize: '2' };
    expect((await call(server, 'GET /v1/ns/service/list', { query })).json).toEqual({ count: 3, doms: ['c'] });
  });

  it.each([
    ['a missing port', { port: '' }],
    ['a port that is no number', { port: '80x' }],
    ['a port above 65535', { port: '65536' }],
    ['a weight above 10000', { weight: '10001' }],
    ['a weight that is no number', { weight: 'heavy' }],
    ['a missing service', { serviceName: '' }],
    ['a service of spaces and a group of slashes', { serviceName: 'a/b@@a b' }],
    ['a cluster with a comma', { clusterName: 'a,b' }],
    ['a namespace that is too long', { namespaceId: 'n'.repeat(65) }],
    ['an address with a space', { ip: '10.0.0.1 ' }],
  ])('answers 400 to %s', async (_, wrong) => {
    const server = await serveNacos();
    expect((await call(server, 'POST /v1/ns/instance', { form: { ...instance, ...wrong } })).status).toBe(400);
    expect(server.services.services()).toEqual([]);
  });

  it.each([
    ['is no JSON', '{"a"'],
    ['is no pair', 'a'],
  ])('answers 500 to metadata that %s', async (_, metadata) => {
    const server = await serveNacos();
    const { status, json } = await call(server, 'POST /v1/ns/instance', { form: { ...instance, metadata } });
    expect(status).toBe(500);
    expect(json).toMatchObject({ message: expect.stringContaining(`metadata format incorrect:${metadata}`) });
    expect(server.services.services()).toEqual([]);
  });

  it('lists a weight that is no number as text', async () => {
    const server = await serveNacos();
    await call(server, 'POST /v1/ns/instance', { form: { ...instance, weight: 'NaN' } });
    const { json } = await call(server, listing, { query: { serviceName: 'bi-api-leke' } });
    expect(json).toMatchObject({ hosts: [{ weight: 'NaN' }] });
  });

  it('lists 10,000 instances', async () => {
    const server = await serveNacos();
    for (let port = 1; port <= 10_000; port++) server.services.register({ serviceName: 'big', ip: '10.0.0.1', port });
    expect(ports((await call(server, listing, { query: { serviceName: 'big' } })).json)).toHaveLength(10_000);
    const v3 = await call(server, 'GET /v3/client/ns/instance/list', { query: { serviceName: 'big' } });
    expect(v3.json).toHaveProperty('data.9999.port', 10_000);
  });

  it('says that it is up and ready', async () => {
    const server = await serveNacos();
    expect((await call(server, 'GET /v1/ns/operator/metrics')).json).toEqual({ status: 'UP' });
    const old = await serveNacos({ version: '2.5.1' });
    expect((await call(old, 'GET /v1/console/health/readiness')).text).toBe('OK');
    expect((await call(server, 'GET /v3/admin/core/state/readiness')).json).toEqual({
      code: 0,
      message: 'success',
      data: 'ok',
    });
  });
});

describe('v3 naming', () => {
  const v3 = '/v3/client/ns/instance';

  it('registers, lists unhealthy ones too, and deregisters', async () => {
    const server = await serveNacos();
    expect((await call(server, `POST ${v3}`, { form: instance })).json).toEqual({
      code: 0,
      message: 'success',
      data: 'ok',
    });
    server.services.register({ serviceName: 'bi-api-leke', ip: '10.0.0.2', port: 1, healthy: false, clusterName: 'B' });
    const all = await call(server, `GET ${v3}/list`, { query: { serviceName: 'bi-api-leke' } });
    expect(all.json).toMatchObject({
      code: 0,
      data: [{ ip: '10.0.0.1', healthy: true, ephemeral: true }, { healthy: false }],
    });
    const one = await call(server, `GET ${v3}/list`, { query: { serviceName: 'bi-api-leke', clusterName: 'B' } });
    expect(one.json).toMatchObject({ data: [{ ip: '10.0.0.2' }] });
    await call(server, `DELETE ${v3}`, { query: instance });
    const left = await call(server, `GET ${v3}/list`, { query: { serviceName: 'bi-api-leke' } });
    expect(left.json).toHaveProperty('data.length', 1);
  });

  it('answers 200 with code 21003 to the heartbeat of an instance it does not know', async () => {
    const server = await serveNacos();
    const form = { ...instance, heartBeat: 'true' };
    expect((await call(server, `POST ${v3}`, { form })).json).toEqual({
      code: 21003,
      message: 'instance not found',
      data: null,
    });
    await call(server, `POST ${v3}`, { form: instance });
    expect((await call(server, `POST ${v3}`, { form })).json).toHaveProperty('code', 0);
  });

  it('answers 400 with code 21001 to a bad weight', async () => {
    const { status, json } = await call(await serveNacos(), `POST ${v3}`, { form: { ...instance, weight: '-1' } });
    expect(status).toBe(400);
    expect(json).toMatchObject({ code: 21001, message: 'weight error' });
  });
});

function ports(body: unknown): readonly number[] {
  expect(body).toHaveProperty('hosts');
  return (body as { hosts: { port: number }[] }).hosts.map(({ port }) => port); // oxlint-disable-line typescript/no-unsafe-type-assertion -- parsed JSON, checked by the expectations
}
