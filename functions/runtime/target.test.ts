import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGeneric } from '../../tools/stack/backends/start-backend.ts';
import { serveNacos } from '../../test/support/nacos-server.ts';
import type { NacosServer } from '../../tools/stack/nacos/server.ts';
import { Inquiry } from './nacos/inquiry.ts';
import type { BackendConfig } from './config/schema.ts';
import { createConnections } from './grpc/connections.ts';
import { openNacos, timeoutSignal } from '../../test/support/nacos-client.ts';
import { RunError } from './run-error.ts';
import { findTarget, type Target } from './target.ts';

const backend: BackendConfig = {
  service: 'svc',
  group: 'BI',
  cluster: undefined,
  timeout: 1000,
  tls: { mode: 'insecure' },
};
const INSTANCE = { outcome: 'unavailable', reason: 'instance' };

async function startBackend(): Promise<number> {
  const started = await startGeneric({
    protoFile: 'bi/leke/v1/order.proto',
    service: 'bi.leke.v1.OrderService',
  });
  onTestFinished(() => started.stop());
  return started.port;
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = await serveNacos();
  await server.close();
  return server.port;
}

const register = (server: NacosServer, port: number, more: object = {}) =>
  server.services.register({ serviceName: 'svc', groupName: 'BI', ip: '127.0.0.1', port, ...more });

interface Case {
  readonly backend?: Partial<BackendConfig>;
  readonly run?: AbortSignal;
  readonly fallbackDir?: string;
}

function find(server: NacosServer, { backend: more, run = timeoutSignal(), fallbackDir }: Case = {}): Promise<Target> {
  const connections = createConnections();
  onTestFinished(() => connections.close());
  const tools = { nacos: openNacos([server.address], { api: 'v1' }), connections, random: () => 0.5, fallbackDir };
  return findTarget('bi-api', { ...backend, ...more }, tools, { nacos: new Inquiry(run), run });
}

describe('the target', () => {
  it('is a usable instance, connected', async () => {
    const server = await serveNacos();
    const port = await startBackend();
    register(server, await closedPort(), { healthy: false });
    register(server, await closedPort(), { weight: 0 });
    register(server, await closedPort(), { enabled: false });
    register(server, port);
    const target = await find(server);
    expect(target.address).toBe(`127.0.0.1:${port}`);
    expect(target.client.getChannel().getConnectivityState(false)).toBe(2); // READY
  });

  it('is at the gRPC port of the metadata', async () => {
    const server = await serveNacos();
    const port = await startBackend();
    register(server, await closedPort(), { metadata: { gRPC_port: String(port) } });
    expect((await find(server)).address).toBe(`127.0.0.1:${port}`);
  });

  it('is the next by weight when one cannot be reached', async () => {
    const server = await serveNacos();
    const port = await startBackend();
    register(server, await closedPort(), { weight: 10_000 });
    register(server, port, { weight: 0.01 });
    expect((await find(server)).address).toBe(`127.0.0.1:${port}`);
  });

  it('is of the cluster asked for', async () => {
    const server = await serveNacos();
    const port = await startBackend();
    register(server, await closedPort(), { clusterName: 'EAST' });
    register(server, port, { clusterName: 'WEST' });
    expect((await find(server, { backend: { cluster: 'WEST' } })).address).toBe(`127.0.0.1:${port}`);
  });
});

describe('no target', () => {
  it.each<[string, readonly object[], string]>([
    ['none is registered', [], '0 registered, 0 usable'],
    ['none is healthy', [{ healthy: false }, { weight: 0 }], '2 registered, 0 usable'],
  ])('is unavailable: instance when %s', async (_, instances, got) => {
    const server = await serveNacos();
    for (const [port, more] of instances.entries()) register(server, port + 1, more);
    await expect(find(server)).rejects.toMatchObject({
      message: `svc in group BI: expected a healthy instance, got ${got}`,
      ending: INSTANCE,
    });
  });

  it('is unavailable: instance when none can be reached, and all are named', async () => {
    const server = await serveNacos();
    const [one, two] = [await closedPort(), await closedPort()];
    register(server, one, { weight: 2 });
    register(server, two, { weight: 1 });
    await expect(find(server)).rejects.toMatchObject({
      message:
        `svc in group BI: expected a connection to 127.0.0.1:${one} or 127.0.0.1:${two}, got none ` +
        `(127.0.0.1:${one}: connect ECONNREFUSED 127.0.0.1:${one}; 127.0.0.1:${two}: connect ECONNREFUSED 127.0.0.1:${two})`,
      ending: INSTANCE,
    });
  });

  it('is unavailable: nacos when Nacos is down', async () => {
    const server = await serveNacos();
    await server.faults.set('down');
    await expect(find(server)).rejects.toMatchObject({ ending: { outcome: 'unavailable', reason: 'nacos' } });
  });

  it('is rejected: config when a certificate cannot be read', async () => {
    const server = await serveNacos();
    register(server, 1);
    await expect(find(server, { backend: { tls: { mode: 'tls', ca: '/nowhere/ca.crt' } } })).rejects.toMatchObject({
      message: 'grpc.bi-api.tls.ca: expected a readable PEM file, got "/nowhere/ca.crt"',
      ending: { outcome: 'rejected', reason: 'config' },
    });
  });

  it('is the reason of the run when the run ends while Nacos is asked', async () => {
    const server = await serveNacos();
    await server.faults.set('hang');
    const run = new AbortController();
    const finding = find(server, { run: run.signal });
    const reason = new RunError({ outcome: 'unavailable', reason: 'caller' }, 'gone');
    run.abort(reason);
    await expect(finding).rejects.toBe(reason);
  });

  it('is the reason of the run when the run ends while it connects', async () => {
    const server = await serveNacos();
    const silent = createServer(); // takes connections and says nothing
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const run = new AbortController();
    const reason = new RunError({ outcome: 'unavailable', reason: 'caller' }, 'gone');
    silent.on('connection', (socket) => {
      onTestFinished(() => void socket.destroy());
      run.abort(reason);
    });
    onTestFinished(() => void silent.close());
    register(server, (silent.address() as AddressInfo).port); // a TCP server's address is no string
    await expect(find(server, { run: run.signal })).rejects.toBe(reason);
  });
});

describe('the fallback directory', () => {
  async function directory(port: number): Promise<string> {
    const made = await mkdtemp(path.join(tmpdir(), 'bi-cron-'));
    onTestFinished(() => rm(made, { recursive: true }));
    await writeFile(path.join(made, 'BI__svc.instances'), `127.0.0.1:${port}`);
    return made;
  }

  it('stands in for the instances when Nacos is down, and the target says so', async () => {
    const server = await serveNacos();
    const port = await startBackend();
    await server.faults.set('down');
    const target = await find(server, { fallbackDir: await directory(port) });
    expect(target).toMatchObject({ address: `127.0.0.1:${port}`, source: 'fallback' });
  });

  it('is not looked at while Nacos answers', async () => {
    const server = await serveNacos();
    const port = await startBackend();
    register(server, port);
    const target = await find(server, { fallbackDir: await directory(1) });
    expect(target.address).toBe(`127.0.0.1:${port}`);
    expect(target.source).toBeUndefined();
  });

  it.each(['403', 'api-absent', 'empty-list'] as const)('does not stand in for the fault %s', async (fault) => {
    const server = await serveNacos();
    await server.faults.set(fault);
    const outcome = fault === 'empty-list' ? INSTANCE : { outcome: 'rejected', reason: 'config' };
    const finding = find(server, { fallbackDir: await directory(1) });
    await expect(finding).rejects.toMatchObject({ ending: outcome });
  });

  it('without a file for the service changes nothing', async () => {
    const server = await serveNacos();
    await server.faults.set('down');
    await expect(find(server, { fallbackDir: tmpdir() })).rejects.toMatchObject({
      ending: { outcome: 'unavailable', reason: 'nacos' },
    });
  });
});
