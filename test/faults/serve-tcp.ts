import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { OnTestFinished } from './platform.ts';

/** A TCP server that does this with every connection, until the test is over; its port. */
export async function serveTcp(handle: (socket: Socket) => void, onTestFinished: OnTestFinished): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port; // a TCP server's address is no string
}
