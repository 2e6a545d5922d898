import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands before Nacos and answers some of its paths with bytes of its own. */
export interface NacosFront {
  /** `host:port`. */
  readonly address: string;
  /** From now on requests for a matching path get these bytes, and their connection is closed. */
  readonly answer: (path: RegExp, bytes: Uint8Array) => void;
  /** From now on everything is passed on. */
  readonly heal: () => void;
  close(): void;
}

/** Opens a front on a free port. */
export async function openFront(toPort: number): Promise<NacosFront> {
  let script: { path: RegExp; bytes: Uint8Array } | undefined;
  const front = createServer((request, response) => {
    const { method, url = '/', headers, socket } = request;
    if (script?.path.test(url)) {
      request.resume();
      socket.end(script.bytes);
      return;
    }
    const forwarded = httpRequest({ port: toPort, host: '127.0.0.1', method, path: url, headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    });
    forwarded.on('error', () => socket.destroy());
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const { port } = front.address() as AddressInfo; // a TCP server's address is no string
  return {
    address: `127.0.0.1:${port}`,
    answer: (path, bytes) => {
      script = { path, bytes };
    },
    heal: () => {
      script = undefined;
    },
    close: () => {
      front.close();
      front.closeAllConnections();
    },
  };
}
