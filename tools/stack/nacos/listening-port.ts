import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Port } from './faults.ts';

export interface ListeningPortOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** PEM. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

export interface ListeningPort extends Port {
  readonly number: number;
  /** Shuts for good: `open` does nothing any more. */
  close(): Promise<void>;
  /** Ends the request's connection with a TCP RST, below TLS. */
  reset(request: IncomingMessage): void;
}

/** Serves on a port that can be shut, which also breaks the open connections, and opened again under the same number. */
export async function listen(options: ListeningPortOptions, listener: RequestListener): Promise<ListeningPort> {
  const server: Server = options.tls ? createHttpsServer(options.tls, listener) : createHttpServer(listener);
  const sockets = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const key = peerOf(socket);
    sockets.set(key, socket);
    socket.once('close', () => sockets.delete(key));
  });

  let number = options.port;
  let closed = false;
  const open = async (): Promise<void> => {
    if (server.listening || closed) return;
    server.listen({ host: options.host, port: number });
    await once(server, 'listening');
    number = portOf(server);
  };
  const shut = async (): Promise<void> => {
    if (!server.listening) return;
    const ended = once(server, 'close');
    server.close();
    for (const socket of sockets.values()) socket.destroy();
    await ended;
  };
  await open();
  return {
    number,
    open,
    shut,
    close: () => {
      closed = true;
      return shut();
    },
    reset: (request) => sockets.get(peerOf(request.socket))?.resetAndDestroy(),
  };
}

/** Two sockets of one connection, the TLS one and the plain one below it, have the same peer. */
function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error(`server address: expected a port, got ${address}`);
  return address.port;
}
