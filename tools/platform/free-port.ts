import { createServer, type AddressInfo } from 'node:net';

/** A TCP port that was free a moment ago, for a process that must be told its port. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, () => {
      const { port } = probe.address() as AddressInfo; // a TCP server's address is no string
      probe.close(() => resolve(port));
    });
  });
}
