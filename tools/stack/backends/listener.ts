import { once } from 'node:events';
import net from 'node:net';
import type { Server, ServerCredentials } from '@grpc/grpc-js';

/** The port of a gRPC server, with access to its sockets: grpc-js itself offers no way to reset one. */
export interface Listener {
  readonly port: number;
  /** Resets the connection of a peer as `call.getPeer()` names it; false when it has gone already. */
  reset(peer: string): boolean;
  /** Takes no further connection; resolves when the last one has closed. */
  close(): Promise<void>;
  /** Takes no further connection and resets all. */
  kill(): void;
}

/** Listens on `host:port` (0: any free port) and hands each connection to the gRPC server. */
export async function listen(
  server: Server,
  credentials: ServerCredentials,
  host: string,
  port: number,
): Promise<Listener> {
  const injector = server.createConnectionInjector(credentials);
  const sockets = new Map<string, net.Socket>();
  const tcp = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.set(peer, socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(peer));
    injector.injectConnection(socket);
  });
  tcp.listen(port, host);
  await once(tcp, 'listening');
  const address = tcp.address();
  if (address === null || typeof address === 'string') throw new Error(`no TCP address: ${JSON.stringify(address)}`);

  return {
    port: address.port,
    reset: (peer) => sockets.get(peer)?.resetAndDestroy() !== undefined,
    close: () => new Promise((resolve) => tcp.close(() => resolve())),
    kill() {
      tcp.close();
      for (const socket of sockets.values()) socket.resetAndDestroy();
    },
  };
}
