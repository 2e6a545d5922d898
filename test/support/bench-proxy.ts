import type { AddressInfo, Server } from 'node:net';
import { afterAll, beforeAll } from 'vitest';
import { startDelayProxy, type ConnectionWatch, type DelayProxy } from '../../tools/bench/delay-proxy.ts';
import type { Exchange } from '../../tools/bench/platform.ts';

/** A proxy before a server, and the exchanges that were seen through it. */
export interface WatchedProxy extends Pick<DelayProxy, 'port' | 'setRoundTrip'> {
  readonly seen: readonly Exchange[];
}

/** For a test file: both listen from before its first test until after its last. */
export function useWatchedProxy(
  server: Server,
  watch: (record: (exchange: Exchange) => void) => (openedAt: number) => ConnectionWatch,
): WatchedProxy {
  const seen: Exchange[] = [];
  let proxy: DelayProxy;
  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo; // a TCP server's address is no string
    proxy = await startDelayProxy(
      port,
      watch((exchange) => void seen.push(exchange)),
    );
  });
  afterAll(() => {
    proxy.close();
    server.close();
  });
  return {
    seen,
    get port() {
      return proxy.port;
    },
    setRoundTrip: (ms) => proxy.setRoundTrip(ms),
  };
}
