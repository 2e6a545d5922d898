import { connect, createServer } from 'node:http2';
import { expect, it } from 'vitest';
import type { Exchange } from './platform.ts';
import { useWatchedProxy } from '../../test/support/bench-proxy.ts';
import { watchHttp2 } from './watch-exchanges.ts';

const server = createServer();
server.on('stream', (stream) => stream.respond({ ':status': 200 }, { endStream: true }));
const proxy = useWatchedProxy(server, (record) => watchHttp2('backend', record));

it('sees the connection and then each call of an HTTP/2 session, answered', async () => {
  const session = connect(`http://127.0.0.1:${proxy.port}`);
  for (const path of ['/first', '/second']) {
    await new Promise((resolve, reject) => {
      session.request({ ':path': path }).on('error', reject).on('close', resolve).resume();
    });
  }
  session.destroy();
  expect(proxy.seen.map(({ what }) => what)).toEqual(['connection', 'call', 'call']);
  const [connection, first, second] = proxy.seen as [Exchange, Exchange, Exchange]; // as just checked
  expect(connection.endedAt).toBeGreaterThanOrEqual(connection.startedAt);
  expect(first.endedAt).toBeGreaterThanOrEqual(first.startedAt);
  expect(second.startedAt).toBeGreaterThanOrEqual(first.endedAt);
  expect(second.endedAt).toBeGreaterThanOrEqual(second.startedAt);
});
