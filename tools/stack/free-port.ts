import { randomInt } from 'node:crypto';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** Below the ephemeral ports of the system (32768 and up on Linux), so that no other process gets it by chance in between. */
const FIRST = 20_000;
const BEHIND = 32_000;

/** A TCP port that was free a moment ago, for a process that needs a fixed port. */
export async function findFreePort(): Promise<number> {
  const port = randomInt(FIRST, BEHIND);
  return (await isFree(port)) ? port : findFreePort();
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}

/** Opens a port of the loopback for a server, any by default; which one it became. Rejects with the server's own error. */
export async function listenOnLoopback(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port; // a TCP server's address is no string
}
