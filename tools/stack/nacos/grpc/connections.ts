import { setInterval as every } from 'node:timers';
import { isDeepStrictEqual } from 'node:util';
import type { ConfigStore } from '../config-store.ts';
import type { ServiceReference } from '../instances.ts';
import { listInstances, type ServiceRegistry } from '../services.ts';
import { encode, type Body, type PayloadStream } from './wire.ts';

export interface ConnectionTimeouts {
  /** A connection that said nothing for longer is asked whether it lives, 20 s in nacos... */
  readonly silentMs: number;
  /** ...and is gone, with its instances and subscriptions, when it does not answer within this. */
  readonly detectionMs: number;
}

/** A client that has set up its stream. */
export interface Connection {
  readonly id: string;
  /** What the client calls itself: `Nacos-Java-Client:v2.5.1`. */
  readonly client: string;
  readonly stream: PayloadStream;
  lastActiveAt: number;
  detectedAt: number | undefined;
  /** By key, with the MD5 that the client holds. */
  readonly listened: Map<string, ListenedConfig>;
  readonly subscribed: Map<string, Subscription>;
}

export interface ListenedConfig {
  readonly dataId: string;
  readonly group: string;
  /** As the client wrote it, which is how it knows its own listeners. */
  readonly tenant: string;
  readonly md5: string;
}

export interface Subscription extends ServiceReference {
  readonly clusters: string;
  /** The hosts that the client got last. */
  hosts: readonly object[];
}

const SWEEP_MS = 500;

/** The connections of one server: their identity, what is pushed to them, and when they count as dead. */
export class Connections {
  readonly #configs: ConfigStore;
  readonly #services: ServiceRegistry;
  readonly #timeouts: ConnectionTimeouts;
  readonly #byPeer = new Map<string, Connection>();
  readonly #endings: (() => void)[];
  #requests = 0;

  constructor(configs: ConfigStore, services: ServiceRegistry, timeouts: ConnectionTimeouts) {
    this.#configs = configs;
    this.#services = services;
    this.#timeouts = timeouts;
    // Health that is lost by time changes without an event: the sweep finds it.
    const timer = every(() => this.#sweep(), SWEEP_MS).unref();
    this.#endings = [
      configs.subscribe((dataId, group, namespace) => this.#tellConfig(dataId, group, namespace)),
      services.subscribe(() => this.#tellServices()),
      () => clearInterval(timer),
    ];
  }

  /** The connection of a peer (`address:port`), which unary calls and the stream share; undefined before its set-up. */
  find(peer: string): Connection | undefined {
    return this.#byPeer.get(peer);
  }

  open(peer: string, version: unknown, stream: PayloadStream): Connection {
    const client = typeof version === 'string' ? version : 'unknown';
    const id = idOf(peer);
    const now = Date.now();
    const maps = { listened: new Map<string, ListenedConfig>(), subscribed: new Map<string, Subscription>() };
    const connection = { id, client, stream, lastActiveAt: now, detectedAt: undefined, ...maps };
    this.#byPeer.set(peer, connection);
    return connection;
  }

  /** Forgets a connection, and with it its ephemeral instances and subscriptions. */
  close(peer: string, stream: PayloadStream): void {
    const connection = this.#byPeer.get(peer);
    if (connection?.stream !== stream) return;
    this.#byPeer.delete(peer);
    this.#services.deregisterClient(connection.id);
  }

  /** Anything that a client sends shows that it lives. */
  touch(peer: string): void {
    const connection = this.#byPeer.get(peer);
    if (connection === undefined) return;
    connection.lastActiveAt = Date.now();
    connection.detectedAt = undefined;
  }

  /** Sends a request to a client. */
  push({ stream }: Connection, type: string, body: Body): void {
    this.#requests += 1;
    if (!stream.destroyed) stream.write(encode(type, { headers: {}, requestId: String(this.#requests), ...body }));
  }

  /** Asks every client to reconnect, as a server does that is about to end. */
  reset(): void {
    for (const connection of this.#byPeer.values()) {
      this.push(connection, 'ConnectResetRequest', { module: 'internal', connectionId: connection.id });
    }
  }

  end(): void {
    for (const finish of this.#endings) finish();
    for (const [peer, { stream }] of this.#byPeer) {
      this.close(peer, stream);
      stream.end();
    }
  }

  #sweep(): void {
    const now = Date.now();
    for (const [peer, connection] of this.#byPeer) {
      const { detectedAt, lastActiveAt, stream } = connection;
      if (detectedAt !== undefined && now - detectedAt > this.#timeouts.detectionMs) {
        this.close(peer, stream);
        stream.destroy();
      } else if (detectedAt === undefined && now - lastActiveAt > this.#timeouts.silentMs) {
        connection.detectedAt = now;
        this.push(connection, 'ClientDetectionRequest', { module: 'internal' });
      }
    }
    this.#tellServices();
  }

  #tellConfig(dataId: string, group: string, namespace: string): void {
    const md5 = this.#configs.get(dataId, { group, namespace })?.md5 ?? '';
    for (const connection of this.#byPeer.values()) {
      const listened = connection.listened.get(listenKey(dataId, group, namespace));
      if (listened === undefined || listened.md5 === md5) continue;
      this.push(connection, 'ConfigChangeNotifyRequest', { module: 'config', dataId, group, tenant: listened.tenant });
    }
  }

  #tellServices(): void {
    for (const connection of this.#byPeer.values()) {
      for (const subscription of connection.subscribed.values()) {
        const serviceInfo = describeService(this.#services, subscription);
        if (isDeepStrictEqual(serviceInfo.hosts, subscription.hosts)) continue;
        subscription.hosts = serviceInfo.hosts;
        const { serviceName, groupName, namespaceId: namespace } = subscription;
        this.push(connection, 'NotifySubscriberRequest', {
          module: 'naming',
          namespace,
          serviceName,
          groupName,
          serviceInfo,
        });
      }
    }
  }
}

export function listenKey(dataId: string, group: string, namespace: string): string {
  return JSON.stringify([namespace, group, dataId]);
}

/** A service as gRPC clients get it: its name without the group, which stands beside it. */
export function describeService(
  services: ServiceRegistry,
  query: ServiceReference & { readonly clusters: string; readonly healthyOnly?: boolean },
) {
  const { serviceName: name, groupName = 'DEFAULT_GROUP', clusters } = query;
  const { hosts, reachProtectionThreshold } = listInstances(services, { ...query, clusters: clusters || undefined });
  const fixed = { cacheMillis: 10_000, checksum: '', allIPs: false, valid: true };
  return { name, groupName, clusters, hosts, reachProtectionThreshold, lastRefTime: Date.now(), ...fixed };
}

let opened = 0;

/** Nacos' form: time, address and port. The count keeps two of one millisecond apart. */
function idOf(peer: string): string {
  opened += 1;
  return `${Date.now()}_${peer.replace(/:(\d+)$/, '_$1')}_${opened}`;
}
