import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { startNacosServer } from '../nacos/server.ts';
import type { NacosServer, NacosServerOptions } from '../nacos/server.ts';
import type { Backend, BackendOptions } from './backend.ts';
import { startJushuitan } from './jushuitan.ts';
import { startLeke } from './leke.ts';
import { TEST_TLS } from '../../../test/support/tls.ts';

afterEach(() => {
  vi.useRealTimers();
});

async function openNacos(options: NacosServerOptions = {}): Promise<NacosServer> {
  const nacos = await startNacosServer(options);
  onTestFinished(() => nacos.close());
  return nacos;
}

async function openLeke(options: BackendOptions = {}): Promise<Backend> {
  const leke = await startLeke(options);
  onTestFinished(() => leke.stop());
  return leke;
}

const LEKE = { serviceName: 'bi-api-leke' };

test('a backend registers itself as an ephemeral instance under its own name', async () => {
  const nacos = await openNacos();
  const leke = await openLeke();
  await leke.register({ serverAddr: nacos.address });
  expect(nacos.services.list(LEKE)).toMatchObject([
    { ip: '127.0.0.1', port: leke.port, weight: 1, healthy: true, enabled: true, ephemeral: true },
  ]);
  expect(nacos.services.list(LEKE)[0]?.metadata).toEqual({ protocol: 'grpc' });
});

test('service, group, namespace, weight, metadata and login are as told', async () => {
  const nacos = await openNacos({ auth: { users: { leke: 'secret' } } });
  const leke = await openLeke();
  await leke.register(
    { serverAddr: nacos.address, namespace: 'test', username: 'leke', password: 'secret' },
    { service: 'other', group: 'BI', weight: 2.5, metadata: { zone: 'a' } },
  );
  const found = nacos.services.list({ serviceName: 'other', groupName: 'BI', namespaceId: 'test' });
  expect(found).toMatchObject([{ port: leke.port, weight: 2.5, metadata: { protocol: 'grpc', zone: 'a' } }]);
  expect(nacos.configs.get('bi-api-leke.yaml', { group: 'BI', namespace: 'test' })).toBeDefined();
});

test('a backend publishes its entry of the configuration', async () => {
  const nacos = await openNacos();
  const { serverCert: cert, serverKey: key, ca: clientCa } = TEST_TLS;
  const leke = await openLeke({ tls: { cert, key, clientCa } });
  const jushuitan = await startJushuitan();
  onTestFinished(() => jushuitan.stop());
  for (const backend of [leke, jushuitan]) await backend.register({ serverAddr: nacos.address });

  const place = { group: 'DEFAULT_GROUP', timeout: '30s' };
  expect(
    nacos.configs.list().map(({ dataId, type, content }) => ({ dataId, type, content: parse(content) as unknown })),
  ).toEqual([
    {
      dataId: 'bi-api-leke.yaml',
      type: 'yaml',
      content: { grpc: { 'bi-api-leke': { service: 'bi-api-leke', ...place, tls: { mode: 'mtls' } } } },
    },
    {
      dataId: 'bi-api-jushuitan.yaml',
      type: 'yaml',
      content: { grpc: { 'bi-api-jushuitan': { service: 'bi-api-jushuitan', ...place, timeout: '10s' } } },
    },
  ]);
});

test('stop() and deregister() leave Nacos, kill() does not', async () => {
  const nacos = await openNacos();
  const [stopped, left, killed] = await Promise.all([openLeke(), openLeke(), openLeke()]);
  for (const leke of [stopped, left, killed]) await leke.register({ serverAddr: nacos.address });
  expect(nacos.services.list(LEKE)).toHaveLength(3);
  await stopped.stop();
  await left.deregister();
  killed.kill();
  expect(nacos.services.list(LEKE).map(({ port }) => port)).toEqual([killed.port]);
});

test('stop() does not need Nacos', async () => {
  const nacos = await openNacos();
  const leke = await openLeke();
  await leke.register({ serverAddr: nacos.address });
  await nacos.close();
  await expect(leke.stop()).resolves.toBeUndefined();
});

test('a registration without a Nacos rejects and names the address', async () => {
  const nacos = await openNacos();
  await nacos.close();
  const leke = await openLeke();
  await expect(leke.register({ serverAddr: nacos.address })).rejects.toThrow(
    `bi-api-leke: not registered in Nacos at ${nacos.address}: `,
  );
});

test('a refused publication takes the instance back, and its error hides the password', async () => {
  const nacos = await openNacos({ auth: { users: { leke: 'hush-hush' } } });
  const leke = await openLeke();
  await nacos.faults.set('403', { match: { path: '/cs/configs' } });
  const [started, clock] = [Date.now(), vi.useFakeTimers({ toFake: ['Date'] })];
  const access = { serverAddr: nacos.address, username: 'leke', password: 'hush-hush' };
  const refused = leke.register(access).catch(String);
  await expect.poll(() => nacos.requests.count({ path: '/cs/configs' })).toBeGreaterThan(0);
  clock.setSystemTime(started + 10_000); // the SDK repeats a publication for 5 s
  const message = await refused;
  expect(message).toContain('403');
  expect(message).toContain('***');
  expect(message).not.toContain('hush-hush');
  expect(nacos.services.list(LEKE)).toEqual([]);
});

test('a registered backend sends heartbeats, a killed one does not', async () => {
  const nacos = await openNacos();
  const [alive, killed] = await Promise.all([openLeke(), openLeke()]);
  const clock = vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  for (const leke of [killed, alive]) await leke.register({ serverAddr: nacos.address });
  killed.kill();
  clock.advanceTimersByTime(10_000); // the SDK's first heartbeat is due 10 s after its start
  vi.useRealTimers();
  const beats = () => nacos.requests.list({ method: 'PUT', path: '/nacos/v1/ns/instance/beat' });
  const ports = () => beats().map(({ query }) => /"port":(\d+)/.exec(query['beat'] ?? '')?.[1]);
  await expect.poll(ports).toContain(String(alive.port));
  expect(ports()).not.toContain(String(killed.port));
});
