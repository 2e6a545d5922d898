import { Metadata, status, type Client, type ServiceError } from '@grpc/grpc-js';
import protobuf from 'protobufjs/light.js';
import type { Bootstrap } from '../../../functions/runtime/env.ts';
import type { BackendConfig } from '../../../functions/runtime/config/schema.ts';
import type { TaskConfig } from '../../../functions/runtime/config/validate.ts';
import { createConnections } from '../../../functions/runtime/grpc/connections.ts';
import { readCredentials } from '../../../functions/runtime/grpc/credentials.ts';
import { addressOf, chooseInstances, isUsable } from '../../../functions/runtime/nacos/choose.ts';
import { createNacos } from '../../../functions/runtime/nacos/client.ts';
import { Inquiry } from '../../../functions/runtime/nacos/inquiry.ts';
import { RunError } from '../../../functions/runtime/run-error.ts';
import { CheckFailure, type CheckRunner, type Finding } from './check.ts';
import { connectTcp, tlsHandshake, toCheckFailure } from './probe.ts';

const CHECK_MS = 5000;

/** Instances, one picked, TCP, TLS and HTTP/2, gRPC health: for one backend. */
export async function checkBackend(
  name: string,
  config: TaskConfig,
  bootstrap: Bootstrap,
  runner: CheckRunner,
): Promise<void> {
  const { backend } = config;
  const address = await runner.check(name, 'instances', () => pickInstance(backend, bootstrap));
  const later = ['connect', backend.tls.mode === 'insecure' ? 'HTTP/2' : 'TLS', 'health'];
  const skipFrom = (step: number, why: string): void =>
    later.slice(step).forEach((each) => runner.skip(name, each, why));
  if (address === undefined) return skipFrom(0, 'no instance to connect to');

  const isOpen = await runner.check(name, 'connect', async () => {
    await connectTcp(address, CHECK_MS).catch((error: unknown) => {
      throw toCheckFailure(error, address);
    });
    return { detail: `TCP to ${address}`, value: true };
  });
  if (isOpen === undefined) return skipFrom(1, 'no connection');

  const connections = createConnections();
  try {
    const client = await runner.check(name, later[1] ?? '', async () => {
      const credentials = await readCredentials(name, backend).catch((error: unknown) => {
        throw error instanceof RunError
          ? new CheckFailure(error.message, 'correct that key, or mount the file it names', { cause: error })
          : error;
      });
      const peer = { credentials, key: '', serverName: backend.tls.serverName ?? undefined };
      const signal = AbortSignal.timeout(CHECK_MS);
      const connection = await connections
        .connect([address], peer, signal)
        .catch((error: unknown) => explain(error, address, backend));
      return { detail: `${backend.tls.mode}, HTTP/2`, value: connection.client };
    });
    if (client === undefined) return skipFrom(2, 'no channel');
    await runner.check(name, 'health', () =>
      checkHealth(client, Math.min(config.timeoutMs, bootstrap.budgetMs, CHECK_MS)),
    );
  } finally {
    connections.close();
  }
}

async function pickInstance({ service, group, cluster }: BackendConfig, bootstrap: Bootstrap) {
  const nacos = createNacos(bootstrap.nacos);
  try {
    const ref = { service, group, cluster: cluster ?? undefined };
    const { value: instances } = await nacos.listInstances(ref, new Inquiry(AbortSignal.timeout(CHECK_MS)));
    const [healthy, enabled] = [instances.filter((each) => each.healthy), instances.filter((each) => each.enabled)];
    const counts = `${instances.length} total, ${healthy.length} healthy, ${enabled.length} enabled, ${instances.filter(isUsable).length} usable`;
    const [picked] = chooseInstances(instances, Math.random, 1).map(addressOf);
    if (picked !== undefined) return { detail: `${counts}; picked ${picked}`, value: picked };
    const place = `${service} in group ${group}, namespace ${JSON.stringify(bootstrap.nacos.namespace)}`;
    const next =
      instances.length === 0
        ? 'no instance is registered under that name: is the backend up, does it register in the same namespace and group? Disabled instances are never listed'
        : 'the backend does not send its heartbeats, or was disabled in the Nacos console: look at its log';
    throw new CheckFailure(`${place}: ${counts}`, next);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    throw new CheckFailure(
      error.message,
      bootstrap.nacos.credentials === undefined
        ? 'Nacos gave documents but no instances: look at its log'
        : 'Nacos gave documents but no instances: check permissions for naming (action r), and its log',
      { cause: error },
    );
  } finally {
    nacos.close();
  }
}

/** grpc-js does not say why a channel failed; a TLS handshake of our own does. */
async function explain(cause: unknown, address: string, { tls }: BackendConfig): Promise<never> {
  if (tls.mode === 'insecure')
    throw new CheckFailure(
      `${address}: no HTTP/2 on this port`,
      'is it the gRPC port (metadata gRPC_port)? Does it want TLS (tls.mode)?',
      { cause },
    );
  await tlsHandshake(address, tls, CHECK_MS).catch((reason: unknown) => {
    throw toCheckFailure(reason, address);
  });
  throw new CheckFailure(
    `${address}: TLS is fine, but no HTTP/2 follows`,
    'does it want a client certificate (tls.mode mtls), is it the gRPC port?',
    { cause },
  );
}

/** Asks grpc.health.v1.Health for the server as a whole. A backend without that service can be called all the same. */
async function checkHealth(client: Client, timeoutMs: number): Promise<Finding<undefined>> {
  try {
    const state = await askHealth(client, timeoutMs);
    if (state !== 'SERVING')
      throw new CheckFailure(`says ${state}`, 'the backend is up but not ready: look at its log');
    return { detail: `SERVING, within a deadline of ${timeoutMs} ms`, value: undefined };
  } catch (error) {
    if (error instanceof CheckFailure) throw error;
    const { code, details } = error as ServiceError; // what grpc-js rejects with
    if (code === status.UNIMPLEMENTED)
      return {
        detail: 'the backend has no grpc.health.v1.Health',
        warn: { next: 'nothing has to be done; a health service would tell more' },
        value: undefined,
      };
    const next =
      code === status.DEADLINE_EXCEEDED
        ? `the backend does not answer within ${timeoutMs} ms: look at its load`
        : 'the channel is up but the check failed: look at the log of the backend';
    throw new CheckFailure(`${status[code]}: ${details}`, next, { cause: error });
  }
}

function askHealth(client: Client, timeoutMs: number): Promise<string> {
  const options = { deadline: Date.now() + timeoutMs };
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      () => Buffer.alloc(0), // no service named: the server as a whole
      (bytes: Buffer) => String(HEALTH.toObject(HEALTH.decode(bytes), { enums: String, defaults: true })['status']),
      null,
      new Metadata(),
      options,
      (error, state) => {
        if (error === null) resolve(state ?? 'UNKNOWN');
        else reject(error);
      },
    );
  });
}

/** grpc.health.v1.HealthCheckResponse (grpc/health/v1/health.proto). */
const HEALTH = protobuf.Root.fromJSON({
  nested: {
    Status: { values: { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } },
    Response: { fields: { status: { id: 1, type: 'Status' } } },
  },
}).lookupType('Response');
