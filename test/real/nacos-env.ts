import { expect, onTestFinished } from 'vitest';
import { startAllBackends } from '../../tools/stack/backends/all-backends.ts';
import { startFunction, type FunctionProcess, type HostKind } from '../../tools/stack/function-process.ts';
import { createPingSource } from '../../tools/stack/senders/ping-source.ts';
import { APP_DIR } from '../support/app-dir.ts';
import { waitUntil } from '../support/wait-until.ts';
import { resultOf, ROOT, SHARED_DOCUMENT, slotsBackFromNow, type TickResult } from './functions.ts';

export { cli, json } from '../support/cli.ts';

export const TASKS = ['goods-onsale', 'increment-order', 'full-order', 'inventory-fetch'];

/** Our documents and the simulated backends in a Nacos of another hand. */
export interface NacosEnv {
  publish(dataId: string, content: string): Promise<void>;
  close(): Promise<void>;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Publishes the documents and registers the backends, by HTTP API v1; each is there when it can be read. (The npm SDK cannot
 * log in at r-nacos.) The instances are persistent ones: their health does not hang on heartbeats.
 */
export async function furnishNacos(address: string, user?: Credentials): Promise<NacosEnv> {
  const token = user === undefined ? {} : { accessToken: await logIn(address, user) };
  const ask = async (method: string, path: string, parameters: Record<string, string>): Promise<string> => {
    const query = new URLSearchParams({ ...parameters, ...token }).toString();
    const url = `http://${address}/nacos/v1/${path}`;
    const response = await (method === 'GET' ? fetch(`${url}?${query}`) : fetch(url, { method, ...form(query) }));
    return response.text();
  };
  const publish = async (dataId: string, content: string): Promise<void> => {
    const place = { dataId, group: 'DEFAULT_GROUP', tenant: '' };
    await waitUntil(async () => {
      await ask('POST', 'cs/configs', { ...place, content, type: 'yaml' });
      expect(await ask('GET', 'cs/configs', place)).toBe(content);
    });
  };
  const { leke, jushuitan, others } = await startAllBackends(ROOT);
  const backends = [leke, jushuitan, ...others];
  const instances = backends.map(({ name, port }) => ({
    serviceName: name,
    ip: '127.0.0.1',
    port: String(port),
    ephemeral: 'false',
  }));
  for (const instance of instances) {
    const { serviceName, port } = instance;
    await waitUntil(async () => {
      await ask('POST', 'ns/instance', instance);
      expect(await ask('GET', 'ns/instance/list', { serviceName })).toContain(`"port":${port}`);
    });
  }
  await publish('bi-cron.yaml', SHARED_DOCUMENT);
  await publish('bi-cron-dev.yaml', 'env: dev\n');
  return {
    publish,
    close: async () => {
      for (const instance of instances) await ask('DELETE', 'ns/instance', instance);
      await Promise.all(backends.map((backend) => backend.stop()));
    },
  };
}

async function logIn(address: string, user: Credentials): Promise<string> {
  const login = await fetch(`http://${address}/nacos/v1/auth/login`, {
    method: 'POST',
    ...form(new URLSearchParams({ ...user }).toString()),
  });
  return ((await login.json()) as { accessToken: string }).accessToken; // Nacos' own format
}

const form = (body: string) => ({ body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });

/** A function's process that reads the Nacos at these addresses, until the test ends. */
export async function startReader(
  task: string,
  serverAddr: string,
  env: Readonly<Record<string, string>> = {},
  host: HostKind = 'image',
): Promise<FunctionProcess> {
  const base = { DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: serverAddr };
  const fn = await startFunction({ task, host, appDir: APP_DIR, env: { ...base, ...env } });
  onTestFinished(async () => {
    await fn.stop();
  });
  return fn;
}

const freshSlot = slotsBackFromNow();

/** One tick for a function, repeated as a PingSource repeats it, without the waits. */
export async function tickOf(task: string, fn: FunctionProcess): Promise<TickResult & { readonly message: string }> {
  const options = { name: task, sink: fn.url, sleep: () => Promise.resolve(), random: () => 0 };
  const delivery = await createPingSource(options).tick(freshSlot());
  return { ...resultOf(delivery), message: delivery.attempts.at(-1)?.body ?? '' };
}
