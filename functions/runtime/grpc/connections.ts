import type { Client } from '@grpc/grpc-js';
import { hedge } from '../outbound/hedge.ts';
import { uptimeMs } from '../uptime.ts';
import { isReady, openChannel, type Peer } from './channel.ts';

/** A gRPC channel that was ready when it was handed out. */
export interface Connection {
  readonly address: string;
  readonly client: Client;
}

/** The channels of this process, kept while it lives so that a warm run need not connect. */
export interface Connections {
  /**
   * A ready channel to one of the addresses, the first that connects: the next is tried when one fails to connect or
   * has not connected within 300 ms. Rejects, with the reason of each, when none can be reached before the signal aborts.
   */
  connect(addresses: readonly string[], peer: Peer, signal: AbortSignal): Promise<Connection>;
  close(): void;
}

const HEDGE_MS = 300;
const MAX_KEPT = 8;
/**
 * A channel counts as alive this long after its last response: behind a path that drops packets it stays READY for minutes. Keepalive
 * would find out, but grpc-go answers pings that come more often than every 5 min by GOAWAY.
 */
const TRUSTED_MS = 30_000;

/** A kept channel, and when it last received a response. */
interface Channel {
  readonly client: Client;
  aliveAt: number;
}

export function createConnections(monotonicMs: () => number = uptimeMs): Connections {
  const pool = new Map<string, Channel>();

  function keep(key: string, channel: Channel): void {
    pool.get(key)?.client.close();
    pool.delete(key);
    pool.set(key, channel);
    for (const [oldest, old] of pool) {
      if (pool.size <= MAX_KEPT) break;
      pool.delete(oldest);
      old.client.close();
    }
  }

  function isAlive({ client, aliveAt }: Channel): boolean {
    return isReady(client) && monotonicMs() - aliveAt < TRUSTED_MS;
  }

  /** A response keeps a channel in the pool; a call that ended without any closes it. */
  function noteCall(key: string, client: Client, hasResponse: boolean): void {
    const channel = pool.get(key);
    if (channel?.client !== client) return;
    if (hasResponse) {
      channel.aliveAt = monotonicMs();
      return;
    }
    pool.delete(key);
    client.close();
  }

  async function connectTo(address: string, peer: Peer, signal: AbortSignal): Promise<Connection> {
    const key = `${address} ${peer.key}`;
    const kept = pool.get(key);
    if (kept !== undefined && isAlive(kept)) return { address, client: kept.client };
    const client = await openChannel(address, peer, signal, (own, hasResponse) => noteCall(key, own, hasResponse));
    keep(key, { client, aliveAt: monotonicMs() });
    return { address, client };
  }

  return {
    connect: async (addresses, peer, signal) => {
      const reasons: string[] = [];
      const attempts = addresses.map((address) => async (own: AbortSignal) => {
        try {
          return await connectTo(address, peer, own);
        } catch (error) {
          reasons.push(`${address}: ${(error as Error).message}`); // of openChannel
          throw error;
        }
      });
      try {
        return await hedge(attempts, HEDGE_MS, signal);
      } catch (error) {
        throw new Error(reasons.join('; '), { cause: error });
      }
    },
    close: () => {
      for (const { client } of pool.values()) client.close();
      pool.clear();
    },
  };
}
