import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDelayProxy, type DelayProxy } from './delay-proxy.ts';
import type { Exchange } from './scene.ts';
import { watchHttp2 } from './watch-exchanges.ts';

const server = createServer();
server.on('stream', (stream) => stream.respond({ ':status': 200 }, { endStream: true }));
const seen: Exchange[] = [];
let proxy: DelayProxy;

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // a TCP server's address is no string
  proxy = await startDelayProxy(
    port,
    watchHttp2('backend', (exchange) => void seen.push(exchange)),
  );
});

afterAll(() => {
  proxy.close();
  server.close();
});

it('sees the connection and then each call of an HTTP/2 session, answered', async () => {
  const session = connect(`http://127.0.0.1:${proxy.port}`);
  for (const path of ['/first', '/second']) {
    await new Promise((resolve, reject) => {
      session.request({ ':path': path }).on('error', reject).on('close', resolve).resume();
    });
  }
  session.destroy();
  expect(seen.map(({ what }) => what)).toEqual(['connection', 'call', 'call']);
  const [connection, first, second] = seen as [Exchange, Exchange, Exchange]; // as just checked
  expect(connection.endedAt).toBeGreaterThanOrEqual(connection.startedAt);
  expect(first.endedAt).toBeGreaterThanOrEqual(first.startedAt);
  expect(second.startedAt).toBeGreaterThanOrEqual(first.endedAt);
  expect(second.endedAt).toBeGreaterThanOrEqual(second.startedAt);
});
