import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { NacosSettings } from '../../functions/runtime/env.ts';
import type { ConfigRef, Instance, ServiceRef } from '../../functions/runtime/nacos/api.ts';
import { Inquiry } from '../../functions/runtime/nacos/inquiry.ts';
import { createNacos, type Nacos, type NacosOptions } from '../../functions/runtime/nacos/client.ts';

/** For calls that end by themselves: aborts only when something hangs. */
export const timeoutSignal = (): AbortSignal => AbortSignal.timeout(10_000);

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
export function openNacos(
  servers: readonly string[],
  more: Partial<NacosSettings> = {},
  options: NacosOptions = {},
): Nacos {
  const nacos = createNacos(settingsOf(servers, more), { random: () => 0, ...options });
  onTestFinished(() => nacos.close());
  return nacos;
}

/** The text of a document, asked in a run of its own. */
export async function readText(nacos: Nacos, ref: ConfigRef, signal = timeoutSignal()): Promise<string | undefined> {
  return (await nacos.readDocument(ref, new Inquiry(signal))).value;
}

/** The instances of a service, asked in a run of its own. */
export async function listAll(nacos: Nacos, ref: ServiceRef, signal = timeoutSignal()): Promise<readonly Instance[]> {
  return (await nacos.listInstances(ref, new Inquiry(signal))).value;
}

/** Answers with a document as Nacos does on v1: marked with its MD5. */
export function endDocument(response: ServerResponse, text: string): void {
  response.setHeader('content-md5', createHash('md5').update(text).digest('hex'));
  response.end(text);
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
