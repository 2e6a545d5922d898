import { get } from 'node:https';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { testCertificate } from '../../../test/support/tls.ts';
import { call, serveNacos } from '../../../test/support/nacos-server.ts';

const place = { dataId: 'bi-cron.yaml', group: 'DEFAULT_GROUP' };
const v3Place = { dataId: 'bi-cron.yaml', groupName: 'DEFAULT_GROUP' };

describe('the APIs of a server', () => {
  it('without v1 answers it as an unknown path', async () => {
    const server = await serveNacos({ apis: ['v3'] });
    const { status, json } = await call(server, 'GET /v1/cs/configs', { query: place });
    expect(status).toBe(404);
    expect(json).toMatchObject({ status: 404, error: 'Not Found', path: '/nacos/v1/cs/configs' });
    expect((await call(server, 'GET /v3/client/cs/config', { query: v3Place })).json).toHaveProperty('code', 20004);
    expect((await call(server, 'POST /v1/auth/login', { form: { username: 'a', password: 'b' } })).status).toBe(404);
  });

  it('without v3 answers it as an unknown path', async () => {
    const server = await serveNacos({ apis: ['v1'] });
    expect((await call(server, 'GET /v3/client/cs/config', { query: v3Place })).status).toBe(404);
    expect((await call(server, 'GET /v1/cs/configs', { query: place })).text).toBe('config data not exist\n');
  });

  it('with v1 switched off answers it by 410', async () => {
    const server = await serveNacos({ v1Gone: true });
    const { status, json } = await call(server, 'GET /v1/cs/configs', { query: place });
    expect(status).toBe(410);
    expect(json).toMatchObject({ status: 410, error: 'Gone', message: expect.stringMatching(/^\{"code":40000,/) });
    expect((await call(server, 'GET /v3/client/cs/config', { query: v3Place })).status).toBe(200);
  });

  it('hold nothing outside the context path, and nothing by another method', async () => {
    const server = await serveNacos();
    expect((await fetch(`${server.url}/v1/ns/operator/metrics`)).status).toBe(404);
    expect((await call(server, 'POST /v1/ns/operator/metrics')).status).toBe(501);
    expect((await call(server, 'POST /v3/client/cs/config')).status).toBe(405);
  });

  it('survive a target that is no path', async () => {
    const server = await serveNacos();
    expect((await fetch(`${server.url}//?a=%zz`)).status).toBe(404);
  });
});

describe('what clients and consoles ask beside', () => {
  const admin = { compatibility: { admin: true, console: true } } as const;

  it.each(['2.5.1', '3.0.3'] as const)('%s answers v2 and the console where they are switched on', async (version) => {
    const server = await serveNacos({ version, ...admin });
    server.configs.publish('a.yaml', 'a: 1', { namespace: 'dev' });
    server.services.register({ serviceName: 'svc', ip: '10.0.0.1', port: 1, namespaceId: 'dev' });
    const config = { dataId: 'a.yaml', group: 'DEFAULT_GROUP', namespaceId: 'dev' };
    const service = { serviceName: 'svc', namespaceId: 'dev' };
    expect((await call(server, 'GET /v2/cs/config', { query: config })).json).toMatchObject({ code: 0, data: 'a: 1' });
    expect((await call(server, 'GET /v2/ns/instance/list', { query: service })).json).toMatchObject({
      code: 0,
      data: { name: 'DEFAULT_GROUP@@svc', hosts: [{ port: 1 }] },
    });
    expect((await call(server, 'GET /v1/ns/service', { query: service })).json).toMatchObject({
      name: 'svc',
      clusters: [{ name: 'DEFAULT' }],
    });
    expect((await call(server, 'GET /v1/console/namespaces')).json).toMatchObject({
      data: [{ namespaceShowName: 'public' }, { namespace: 'dev', configCount: 1 }],
    });
  });

  it('3.0.3 lists instances to administrators, disabled ones never', async () => {
    const server = await serveNacos();
    server.services.register({ serviceName: 'svc', ip: '10.0.0.1', port: 1, healthy: false });
    const { json } = await call(server, 'GET /v3/admin/ns/instance/list', { query: { serviceName: 'svc' } });
    expect(json).toMatchObject({ code: 0, data: [{ port: 1, healthy: false }] });
  });
});

describe('the address', () => {
  it('names host and port', async () => {
    const server = await serveNacos();
    expect(server.address).toBe(`127.0.0.1:${server.port}`);
    expect(server.url).toBe(`http://${server.address}`);
  });

  it('puts an IPv6 host in brackets', async () => {
    const server = await serveNacos({ host: '::1' });
    expect(server.address).toBe(`[::1]:${server.port}`);
    expect((await call(server, 'GET /v1/ns/operator/metrics')).status).toBe(200);
  });

  it('can be chosen, and a taken port is an error', async () => {
    const first = await serveNacos();
    await expect(serveNacos({ port: first.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await first.close();
    expect((await serveNacos({ port: first.port })).port).toBe(first.port);
  });
});

describe('TLS', () => {
  it('serves the certificate it was given', async () => {
    const server = await serveNacos({ tls: testCertificate });
    expect(server.url).toBe(`https://${server.address}`);
    const body = await new Promise<string>((resolve, reject) => {
      const request = get(
        `${server.url}/nacos/v1/ns/operator/metrics`,
        { ca: testCertificate.cert, agent: false },
        (response) => {
          text(response).then(resolve, reject);
        },
      );
      request.on('error', reject);
    });
    expect(body).toBe('{"status":"UP"}');
  });

  it('is not trusted without its CA', async () => {
    const server = await serveNacos({ tls: testCertificate });
    await expect(call(server, 'GET /v1/ns/operator/metrics')).rejects.toThrow('fetch failed');
    expect(server.requests.count()).toBe(0);
  });
});

describe('the request log', () => {
  it('keeps method, path, query, headers, status and time, but no form', async () => {
    const server = await serveNacos();
    const startedAt = Date.now();
    await call(server, 'POST /v1/cs/configs', {
      query: { ...place, accessToken: 'seen' },
      form: { content: 'unseen' },
      headers: { 'User-Agent': 'bi-cron' },
    });
    const [entry, ...more] = server.requests.list();
    expect(more).toEqual([]);
    expect(entry).toMatchObject({
      method: 'POST',
      path: '/nacos/v1/cs/configs',
      query: { ...place, accessToken: 'seen' },
      headers: { 'user-agent': 'bi-cron' },
      status: 200,
    });
    expect(entry?.at).toBeGreaterThanOrEqual(startedAt);
    expect(JSON.stringify(entry)).not.toContain('unseen');
  });

  it('counts by the end of a path, by pattern and by method', async () => {
    const server = await serveNacos();
    await call(server, 'GET /v1/cs/configs', { query: place });
    await call(server, 'DELETE /v1/cs/configs', { query: place });
    await call(server, 'GET /v1/nowhere');
    expect(server.requests.count()).toBe(3);
    expect(server.requests.count({ path: '/cs/configs' })).toBe(2);
    expect(server.requests.count({ path: /nowhere/ })).toBe(1);
    expect(server.requests.count({ path: '/cs' })).toBe(0);
    expect(server.requests.count({ path: '/cs/configs', method: 'GET' })).toBe(1);
    server.requests.clear();
    expect(server.requests.count()).toBe(0);
  });
});
