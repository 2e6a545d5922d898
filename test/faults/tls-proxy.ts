import { connect, type AddressInfo } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import type { OnTestFinished } from './platform.ts';

/** Terminates TLS as told on a free port of `host`, and forwards to a plain port, until the test is over. Gives its `host:port`. */
export async function forwardTls(
  options: TlsOptions,
  toPort: number,
  onTestFinished: OnTestFinished,
  host = '127.0.0.1',
): Promise<string> {
  const server = createServer(options, (socket) => {
    const plain = connect(toPort, '127.0.0.1');
    plain.on('error', () => socket.destroy());
    socket.on('error', () => plain.destroy());
    socket.pipe(plain).pipe(socket);
  });
  server.on('tlsClientError', () => {}); // a client that does not trust us is what some tests want
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // a TCP server's address is no string
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
