import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands before a server on 127.0.0.1: what comes while its answers are held waits for the test, not for a timer. */
export interface PausableProxy {
  readonly port: number;
  /** From now on requests reach the server, and its answers stay here. */
  hold(): void;
  /** Lets go of what was held, and of all that comes. */
  release(): void;
  close(): void;
}

/** Opens a gate on a free port. */
export async function openGate(toPort: number): Promise<PausableProxy> {
  const servers = new Set<Socket>();
  let isHeld = false;
  const gate = createServer((client) => {
    const server = connect(toPort, '127.0.0.1');
    servers.add(server);
    client.pipe(server);
    server.on('data', (bytes) => client.write(bytes));
    server.on('end', () => client.end());
    server.on('close', () => servers.delete(server));
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
    client.on('close', () => server.destroy());
    if (isHeld) server.pause();
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  return {
    port: (gate.address() as AddressInfo).port, // a TCP server's address is no string
    hold: () => {
      isHeld = true;
      for (const server of servers) server.pause();
    },
    release: () => {
      isHeld = false;
      for (const server of servers) server.resume();
    },
    close: () => {
      gate.close();
      for (const server of servers) server.destroy();
    },
  };
}
