import path from 'node:path';
import type { Started } from './part.ts';
import { startServer, waitUntilUp } from './processes.ts';

/** The loopback port at which a test program in another language takes its commands by HTTP. */
export interface Control {
  readonly control: number;
}

/** Starts a program whose first line says at which port it is controlled. */
export async function startControlled(
  command: string,
  args: readonly string[],
  tmp: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Started<Control>> {
  const server = startServer(command, args, path.join(tmp, 'log'), { env });
  let control = 0;
  await waitUntilUp(server, () => {
    control = Number(/"control":(\d+)/.exec(server.log())?.[1]);
    return control > 0 ? Promise.resolve() : Promise.reject(new Error('no control port yet'));
  });
  return { values: { control }, stop: () => server.stop() };
}

/** One order to such a program; its answer. Rejects with what it says against the order. */
export async function askControlPort(method: string, url: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return JSON.parse(text);
}
