import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { NacosSettings } from '../../functions/runtime/env.ts';
import { createNacos, type Nacos } from '../../functions/runtime/nacos/client.ts';

/** For calls that end by themselves: aborts only when something hangs. */
export const patience = (): AbortSignal => AbortSignal.timeout(10_000);

/** Settings for servers given as `host:port` or URL; public namespace, DEFAULT_GROUP, no credentials. */
export function settingsOf(servers: readonly string[], more: Partial<NacosSettings> = {}): NacosSettings {
  return {
    servers: servers.map((server) => new URL(server.includes('://') ? server : `http://${server}`)),
    namespace: '',
    group: 'DEFAULT_GROUP',
    api: 'auto',
    credentials: undefined,
    caFile: undefined,
    ...more,
  };
}

/** A client that closes with its test; it starts with the first server. */
export function openNacos(servers: readonly string[], more: Partial<NacosSettings> = {}): Nacos {
  const nacos = createNacos(settingsOf(servers, more), () => 0);
  onTestFinished(() => nacos.close());
  return nacos;
}

/** `host:port` of an HTTP server that closes with its test, for what no Nacos would answer. */
export async function serveRaw(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server's address is no string
}
