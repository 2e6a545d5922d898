import {
  Client,
  connectivityState,
  credentials,
  InterceptingCall,
  Metadata,
  type ChannelCredentials,
  type ChannelOptions,
  type Interceptor,
} from '@grpc/grpc-js';
import { hedge } from '../outbound/hedge.ts';
import { uptimeMs } from '../uptime.ts';

/** A gRPC channel that was ready when it was handed out. */
export interface Connection {
  readonly address: string;
  readonly client: Client;
}

/** The channels of this process, kept while it lives so that a warm run need not connect. */
export interface Connections {
  /**
   * A ready channel to one of the addresses, the first that can be had: the next is tried when one fails to connect or
   * has not connected within 300 ms. Rejects, with the reason of each, when none can be reached before the signal aborts.
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
/**
 * A channel counts as alive this long after its last answer: behind a path that drops packets it stays READY for minutes. Keepalive
 * would find out, but grpc-go answers pings that come more often than every 5 min by GOAWAY.
 */
const TRUSTED_MS = 30_000;

const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.enable_retries': 0, // a call that was sent is never sent again by us
  'grpc.enable_channelz': 0, // nobody serves its figures
  'grpc.enable_http_proxy': 0, // instances are addressed directly, whatever HTTP_PROXY says
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1, // a fresh channel must not inherit another's back-off
  'grpc.primary_user_agent': 'bi-cron',
};

/** A kept channel, and when its other end was heard of last. */
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
    const isReady = client.getChannel().getConnectivityState(false) === connectivityState.READY;
    return isReady && monotonicMs() - aliveAt < TRUSTED_MS;
  }

  /** An answer keeps a channel trusted; a call that ended without a word of the backend ends it. */
  function noteCall(key: string, client: Client, isAnswered: boolean): void {
    const channel = pool.get(key);
    if (channel?.client !== client) return;
    if (isAnswered) {
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
    const watch = watchAnswers((isAnswered) => noteCall(key, client, isAnswered));
    const options = { ...CHANNEL_OPTIONS, ...nameOptions(peer), interceptors: [watch] };
    const client: Client = new Client(address, peer.credentials, options);
    try {
      await waitForReady(client, signal);
    } catch (error) {
      client.close();
      throw error;
    }
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
          reasons.push(`${address}: ${(error as Error).message}`); // of waitForReady
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
        else void explainFailure(client).then((reason) => reject(new Error(reason)));
        return;
      }
      channel.watchConnectivityState(state, Infinity, look);
    };
    look();
  });
}

const UNSENDABLE = credentials.createFromMetadataGenerator((_, callback) => callback(new Error('never sent')));

/** Why a channel has no connection: grpc-js tells it only to a call. This one is never sent, for lack of its credentials. */
function explainFailure(client: Client): Promise<string> {
  const options = { credentials: UNSENDABLE, deadline: Date.now() + 1000 };
  return new Promise((resolve) => {
    client.makeUnaryRequest('/', toBytes, toBytes, Buffer.alloc(0), new Metadata(), options, (error) =>
      resolve(describeFailure(error?.details ?? '')),
    );
  });
}

const toBytes = (bytes: Buffer): Buffer => bytes;

const MAX_REASON = 160;

/** Node's or OpenSSL's own words out of grpc-js's, on one line and short. */
function describeFailure(details: string): string {
  const last = /Last error: (?:Error(?: \[\w+\])?: )?(.*?)\.? Resolution note: /s.exec(details)?.[1] ?? details;
  const ofTls = /:SSL routines:[^:]*:([^:]+)/.exec(last)?.[1];
  const [reason = ''] = (ofTls === undefined ? last : `TLS: ${ofTls}`).split('; if the root CA', 1); // Node's advice for a desktop
  return reason.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, MAX_REASON);
}

/** Says of each call, once, whether its other end was heard of: by headers, or by a status that grpc-js did not make up. */
function watchAnswers(tell: (isAnswered: boolean) => void): Interceptor {
  return (options, nextCall) => {
    let isTold = false;
    const tellOnce = (isAnswered: boolean): void => {
      if (!isTold) tell(isAnswered);
      isTold = true;
    };
    return new InterceptingCall(nextCall(options), {
      start: (metadata, _listener, next) =>
        next(metadata, {
          onReceiveMetadata: (headers, pass) => {
            tellOnce(true);
            pass(headers);
          },
          onReceiveStatus: (status, pass) => {
            tellOnce(Object.keys(status.metadata.getMap()).length > 0);
            pass(status);
          },
        }),
    });
  };
}
