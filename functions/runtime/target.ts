import type { Client } from '@grpc/grpc-js';
import type { BackendConfig } from './config/schema.ts';
import type { Connections } from './grpc/connections.ts';
import { readCredentials } from './grpc/credentials.ts';
import { addressOf, chooseInstances, isUsable } from './nacos/choose.ts';
import type { Nacos } from './nacos/client.ts';
import type { Instance, ServiceRef } from './nacos/api.ts';
import { NacosUnreachableError } from './nacos/errors.ts';
import { readFallbackInstances } from './nacos/fallback-instances.ts';
import type { Inquiry } from './nacos/inquiry.ts';
import { RunError } from './run-error.ts';
import { startTimeLimit, type Limits } from './deadline.ts';

/** The instance that a run calls. */
export interface Target {
  readonly address: string;
  readonly client: Client;
  /** Set when Nacos could not be reached and the mounted directory was read. */
  readonly source?: 'fallback';
}

interface Tools {
  readonly fallbackDir?: string | undefined;
  readonly nacos: Nacos;
  readonly connections: Connections;
  readonly random: () => number;
}

const MAX_CANDIDATES = 5;
const CONNECT_MS = 5000; // for all candidates together

/**
 * Finds a healthy instance of the backend in Nacos and connects to it, moving on to the next by weight when one cannot
 * be reached. Throws `unavailable: instance` when none is healthy or none can be reached.
 */
export async function findTarget(name: string, backend: BackendConfig, tools: Tools, limits: Limits): Promise<Target> {
  const { service, group } = backend;
  const cluster = backend.cluster ?? undefined;
  const [{ instances, where, ...source }, credentials] = await Promise.all([
    listInstances({ service, group, cluster }, tools, limits.nacos),
    readCredentials(name, backend),
  ]);
  const candidates = chooseInstances(instances, tools.random, MAX_CANDIDATES).map(addressOf);
  const what = `${service} in group ${group}`;
  if (candidates.length === 0) {
    const usable = instances.filter(isUsable).length;
    throw unavailable(
      `${where}${what}: expected a healthy instance, got ${instances.length} registered, ${usable} usable`,
    );
  }
  const key = JSON.stringify([backend.tls, backend.tokenFile]);
  const peer = { credentials, key, serverName: backend.tls.serverName ?? undefined };
  const limit = startTimeLimit(CONNECT_MS);
  try {
    const signal = AbortSignal.any([limits.run, limit.signal]);
    return { ...(await tools.connections.connect(candidates, peer, signal)), ...source };
  } catch (error) {
    if (limits.run.reason instanceof RunError) throw limits.run.reason;
    const reason = (error as Error).message; // of connect
    throw unavailable(`${what}: expected a connection to ${candidates.join(' or ')}, got none (${reason})`, error);
  } finally {
    limit.stop();
  }
}

async function listInstances(
  ref: ServiceRef,
  { nacos, fallbackDir }: Tools,
  inquiry: Inquiry,
): Promise<{ instances: readonly Instance[]; where: string; source?: 'fallback' }> {
  try {
    const { value, by } = await nacos.listInstances(ref, inquiry);
    return { instances: value, where: by === '' ? '' : `Nacos${by}: ` };
  } catch (error) {
    if (fallbackDir === undefined || inquiry.isEarly || !(error instanceof NacosUnreachableError)) throw error;
    const instances = await readFallbackInstances(fallbackDir, ref);
    if (instances === undefined) throw error;
    return { instances, where: '', source: 'fallback' };
  }
}

function unavailable(message: string, cause?: unknown): RunError {
  return new RunError({ outcome: 'unavailable', reason: 'instance' }, message, { cause });
}
