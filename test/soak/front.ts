import { connect, createServer, type AddressInfo } from 'node:net';

/** An address that stays while the process behind it changes, as a Knative Service's does. */
export interface Front {
  readonly url: string;
  /** Forwards what comes from now on to this URL's port. */
  pointTo(url: string): void;
  close(): void;
}

/** Opens the address on a free port; a connection that the process does not take is broken. */
export async function startFront(): Promise<Front> {
  let port = 0;
  const server = createServer((socket) => {
    const behind = connect(port, '127.0.0.1');
    socket.on('error', () => behind.destroy());
    behind.on('error', () => socket.destroy());
    behind.on('close', () => socket.destroy());
    socket.pipe(behind).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo; // a TCP server's address is no string
  return {
    url: `http://127.0.0.1:${own}/`,
    pointTo: (url) => {
      port = Number(new URL(url).port);
    },
    close: () => server.close(),
  };
}
