import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { credentials } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import type { Peer } from '../../functions/runtime/grpc/channel.ts';
import { createConnections, type Connections } from '../../functions/runtime/grpc/connections.ts';

/** For tests: how to reach a backend without TLS. */
export const PLAIN: Peer = { credentials: credentials.createInsecure(), key: 'plain', serverName: undefined };

/** Connections that close with the test. */
export function openConnections(): Connections {
  const connections = createConnections();
  onTestFinished(() => connections.close());
  return connections;
}

/** The address of a port that refuses connections. */
export async function findDeadAddress(): Promise<string> {
  const server = await listen(() => {});
  const address = addressOf(server);
  await new Promise((resolve) => server.close(resolve));
  return address;
}

/** A server that accepts connections and never says a word; `accepted` counts them. Closes with the test. */
export async function openBlackHole(): Promise<{ address: string; accepted: () => number }> {
  const sockets: Socket[] = [];
  const server = await listen((socket) => {
    sockets.push(socket);
    socket.on('error', () => {}); // the other side may break it
    socket.resume();
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { address: addressOf(server), accepted: () => sockets.length };
}

async function listen(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function addressOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
