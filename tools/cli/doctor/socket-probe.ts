import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { BackendConfig } from '../../../functions/runtime/config/schema.ts';

/** Opens a TCP connection and closes it. Rejects with Node's own error, or a TimeoutError. */
export function connectTcp(address: string, timeoutMs: number): Promise<void> {
  return settle(connect(split(address)), 'connect', timeoutMs);
}

/** Makes a TLS handshake as the channel would. Rejects with Node's own error, or a TimeoutError. */
export async function tlsHandshake(address: string, tls: BackendConfig['tls'], timeoutMs: number): Promise<void> {
  const { host, port } = split(address);
  const read = (file: string | null | undefined) => (file === null || file === undefined ? undefined : readFile(file));
  const [ca, cert, key] = await Promise.all([read(tls.ca), read(tls.cert), read(tls.key)]);
  const servername = tls.serverName ?? host;
  const given = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  return settle(connectTls({ host, port, servername, ALPNProtocols: ['h2'], ...given }), 'secureConnect', timeoutMs);
}

function settle(socket: Socket, ready: 'connect' | 'secureConnect', timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(ready, () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
    socket.setTimeout(timeoutMs, () => socket.destroy(new DOMException('no answer', 'TimeoutError')));
  });
}

/** `[::1]:50051` to its parts. */
function split(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replaceAll(/[[\]]/g, ''), port: Number(address.slice(colon + 1)) };
}
