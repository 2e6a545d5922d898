import { Client, connectivityState, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import { hedge } from '../outbound/hedge.ts';

/** A gRPC channel that was ready when it was handed out. */
export interface Connection {
  readonly address: string;
  readonly client: Client;
}

/** The channels of this process, pool while it lives so that a warm run need not connect. */
export interface Connections {
  /**
   * A ready channel to one of the addresses, the first that can be had: the next is tried when one fails to connect or
   * has not connected within 300 ms. Rejects when none can be reached before the signal aborts.
   */
  connect(addresses: readonly string[], peer: Peer, signal: AbortSignal): Promise<Connection>;
  close(): void;
}

export interface Peer {
  readonly credentials: ChannelCredentials;
  /** Channels are shared by runs whose key is the same: it tells one TLS configuration from another. */
  readonly key: string;
  readonly serverName: string | undefined;
}

const HEDGE_MS = 300;
const MAX_KEPT = 8;

const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.enable_retries': 0, // a call that was sent is never sent again by us
  'grpc.enable_channelz': 0, // nobody serves its figures
  'grpc.enable_http_proxy': 0, // instances are addressed directly, whatever HTTP_PROXY says
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1, // a fresh channel must not inherit another's back-off
  'grpc.primary_user_agent': 'bi-cron',
};

export function createConnections(): Connections {
  const pool = new Map<string, Client>();

  function keep(key: string, client: Client): void {
    pool.get(key)?.close();
    pool.delete(key);
    pool.set(key, client);
    for (const [oldest, old] of pool) {
      if (pool.size <= MAX_KEPT) break;
      pool.delete(oldest);
      old.close();
    }
  }

  async function connectTo(address: string, peer: Peer, signal: AbortSignal): Promise<Connection> {
    const key = `${address} ${peer.key}`;
    const held = pool.get(key);
    if (held?.getChannel().getConnectivityState(false) === connectivityState.READY) return { address, client: held };
    const client = new Client(address, peer.credentials, { ...CHANNEL_OPTIONS, ...nameOptions(peer) });
    try {
      await waitForReady(client, signal);
    } catch (error) {
      client.close();
      throw error;
    }
    keep(key, client);
    return { address, client };
  }

  return {
    connect: (addresses, peer, signal) =>
      hedge(
        addresses.map((address) => (own) => connectTo(address, peer, own)),
        HEDGE_MS,
        signal,
      ),
    close: () => {
      for (const client of pool.values()) client.close();
      pool.clear();
    },
  };
}

function nameOptions({ serverName }: Peer): ChannelOptions {
  if (serverName === undefined) return {};
  return { 'grpc.ssl_target_name_override': serverName, 'grpc.default_authority': serverName };
}

/** `Client.waitForReady` keeps trying until its deadline; here the first failure counts, so that the next address gets its turn. */
function waitForReady(client: Client, signal: AbortSignal): Promise<void> {
  const channel = client.getChannel();
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error('not connected in time'));
    if (signal.aborted) return fail();
    signal.addEventListener('abort', fail, { once: true });
    const look = (): void => {
      if (signal.aborted) return; // the client is closed by now, and asking for its state would connect it again
      const state = channel.getConnectivityState(true);
      if (
        state === connectivityState.READY ||
        state === connectivityState.TRANSIENT_FAILURE ||
        state === connectivityState.SHUTDOWN
      ) {
        signal.removeEventListener('abort', fail);
        if (state === connectivityState.READY) resolve();
        else reject(new Error('connection refused or broken'));
        return;
      }
      channel.watchConnectivityState(state, Infinity, look);
    };
    look();
  });
}
