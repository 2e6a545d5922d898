import { onTestFinished } from 'vitest';
import { startNacosServer, type NacosServer, type NacosServerOptions } from '../../tools/stack/nacos/server.ts';

/** A server that closes with the test that asked for it. */
export async function serveNacos(options: NacosServerOptions = {}): Promise<NacosServer> {
  const server = await startNacosServer(options);
  onTestFinished(() => server.close());
  return server;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body parsed as JSON; undefined when it is none. */
  readonly json: unknown;
}

export interface CallOptions {
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as a form body. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request, `call(server, 'GET /v1/cs/configs', { query })`; the context path is added. */
export async function call(server: NacosServer, route: string, options: CallOptions = {}): Promise<Reply> {
  const [method = '', path = ''] = route.split(' ');
  const query = new URLSearchParams(options.query).toString();
  const response = await fetch(`${server.url}/nacos${path}?${query}`, {
    method,
    headers: options.headers ?? {},
    body: options.form === undefined ? null : new URLSearchParams(options.form),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
