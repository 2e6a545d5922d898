import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { createNamingClient } from './sdk.ts';
import { call, serveNacos } from '../../../test/support/nacos-server.ts';

// The SDK sends its first heartbeat 10 s after its start; only its timers are moved on, the server's clock is not.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

it('the heartbeats of the npm SDK make an instance healthy again', async () => {
  const server = await serveNacos({ instanceTimeouts: { unhealthyMs: 200, removedMs: 600_000 } });
  const client = await createNamingClient({
    serverAddr: server.address,
    onError: (error) => expect.fail(error.message),
  });
  onTestFinished(() => client.close());
  const instance = { ip: '10.0.0.1', port: 9000 };
  await client.register('svc', instance);
  await vi.waitFor(() =>
    expect(server.services.find({ serviceName: 'svc', ...instance })).toMatchObject({ healthy: false }),
  );
  expect(server.requests.count({ path: '/instance/beat' })).toBe(0);
  vi.advanceTimersByTime(10_000);
  await vi.waitFor(() =>
    expect(server.services.find({ serviceName: 'svc', ...instance })).toMatchObject({ healthy: true }),
  );
  const beats = server.requests.list({ path: '/instance/beat', method: 'PUT' });
  expect(beats[0]?.query).toMatchObject({ serviceName: 'DEFAULT_GROUP@@svc' });
});

it('an instance that was registered over HTTP and stops beating disappears', async () => {
  const server = await serveNacos({ instanceTimeouts: { unhealthyMs: 50, removedMs: 150 } });
  const form = { serviceName: 'svc', ip: '10.0.0.1', port: '9000' };
  await call(server, 'POST /v1/ns/instance', { form });
  const query = { serviceName: 'svc' };
  await vi.waitFor(async () => {
    expect((await call(server, 'GET /v1/ns/instance/list', { query })).json).toMatchObject({ hosts: [] });
  });
});
