import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** Stands before a server on 127.0.0.1. What it does to connections changes when a test says so, not by a timer. */
export interface TcpProxy {
  readonly port: number;
  /** `host:port`, an IPv6 host in brackets. */
  readonly address: string;
  /** From now on requests reach the server, and its answers wait here. */
  hold(): void;
  /** Lets go of what was held, and of all that comes. */
  release(): void;
  /**
   * From now on what either side sends vanishes and nothing is closed, as behind a firewall that forgot its
   * connections: on those that are open, or on new ones too, which are accepted.
   */
  drop(which: 'open' | 'all'): void;
  /** New connections go to this port from now on, and what is dropped stays dropped. */
  pointTo(port: number): void;
  close(): void;
}

export interface TcpProxyOptions {
  /** 127.0.0.1 when missing. */
  readonly host?: string;
  /** Clients speak TLS to the proxy, and the proxy speaks without to the server. */
  readonly tls?: TlsOptions;
}

/** Opens a proxy on a free port; `toPort` may be told later. */
export async function openTcpProxy(
  toPort: number,
  { host = '127.0.0.1', tls }: TcpProxyOptions = {},
): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let target = toPort;
  let isHeld = false;
  let isDropped = false;
  const forward = (client: Socket): void => {
    const pair = join(client, connect(target, '127.0.0.1'));
    pairs.add(pair);
    client.once('close', () => pairs.delete(pair));
    if (isHeld) pair.server.pause();
    pair.isDropped = isDropped;
  };
  const proxy = tls === undefined ? createServer(forward) : createTlsServer(tls, forward);
  proxy.on('tlsClientError', () => {}); // a client that does not trust us is what some tests want
  await new Promise<void>((resolve) => proxy.listen(0, host, resolve));
  const { port } = proxy.address() as AddressInfo; // a TCP server's address is no string
  return {
    port,
    address: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    hold: () => {
      isHeld = true;
      for (const { server } of pairs) server.pause();
    },
    release: () => {
      isHeld = false;
      isDropped = false;
      for (const { server } of pairs) server.resume();
    },
    drop: (which) => {
      isDropped = which === 'all';
      for (const pair of pairs) pair.isDropped = true;
    },
    pointTo: (other) => {
      target = other;
    },
    close: () => {
      proxy.close();
      for (const { client, server } of pairs) {
        client.destroy();
        server.destroy();
      }
    },
  };
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  isDropped: boolean;
}

/** Passes on bytes, ends and breaks, as long as the pair is not dropped. */
function join(client: Socket, server: Socket): Pair {
  const pair: Pair = { client, server, isDropped: false };
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.on('data', (bytes) => void (pair.isDropped || to.write(bytes)));
    from.on('end', () => void (pair.isDropped || to.end()));
    from.on('error', () => void (pair.isDropped || to.destroy()));
  }
  client.on('close', () => server.destroy());
  return pair;
}
