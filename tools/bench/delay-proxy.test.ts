import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { useWatchedProxy } from '../../test/support/bench-proxy.ts';
import { watchHttp1 } from './watch-exchanges.ts';

const BIG = 'x'.repeat(300_000);
const server = createServer((_request, response) => response.end(BIG));
const proxy = useWatchedProxy(server, (record) => watchHttp1('nacos', record));

it('delays a request by two round trips, one of them the handshake, and carries every byte in order', async () => {
  proxy.setRoundTrip(40);
  const startedAt = performance.now();
  const response = await fetch(`http://127.0.0.1:${proxy.port}/big?n=1`);
  expect(await response.text()).toBe(BIG);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(79); // timers of Node may fire up to 1 ms early
});

it('carries an answer whole whose server closes the connection behind it', async () => {
  const response = await fetch(`http://127.0.0.1:${proxy.port}/closed`, { headers: { connection: 'close' } });
  expect(await response.text()).toBe(BIG);
});

it('tells what was asked and when it was answered', () => {
  expect(proxy.seen.map(({ what }) => what)).toEqual(['/big', '/closed']);
  const [{ startedAt, endedAt } = { startedAt: 0, endedAt: 0 }] = proxy.seen;
  expect(endedAt - startedAt).toBeGreaterThanOrEqual(39); // the handshake began before
});
