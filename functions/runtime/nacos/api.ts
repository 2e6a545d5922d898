import { isObject } from '../object.ts';
import type { HttpReply } from '../outbound/exchange.ts';

export type ApiVersion = 'v1' | 'v3';

/** One registered instance, as both API versions describe it. */
export interface Instance {
  readonly ip: string;
  readonly port: number;
  readonly weight: number;
  readonly healthy: boolean;
  readonly enabled: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ServiceRef {
  readonly service: string;
  readonly group: string;
  readonly cluster: string | undefined;
}

export interface ConfigRef {
  readonly dataId: string;
  readonly group: string;
}

/** What an answer of Nacos means, once its status and envelope are understood. */
export type ApiReply<Value> =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'notFound' }
  | { readonly kind: 'forbidden'; readonly got: string }
  | { readonly kind: 'unsupportedApi'; readonly got: string } // the server does not speak this API version
  | { readonly kind: 'invalidResponse'; readonly got: string };

interface Login {
  readonly token: string;
  readonly ttlSeconds: number;
}

/** How one version of the HTTP API asks and answers. Paths are below the server's address. */
export interface Api {
  readonly loginPath: string;
  configPath(ref: ConfigRef, namespace: string): string;
  readConfig(reply: HttpReply): ApiReply<string>;
  instancesPath(ref: ServiceRef, namespace: string): string;
  readInstances(reply: HttpReply, ref: ServiceRef): ApiReply<Instance[]>;
}

/** A query string of the parameters that are given. */
export function query(parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return new URLSearchParams(given).toString();
}

/** What a status other than 200 means. */
export function readFailure(reply: HttpReply): ApiReply<never> {
  const got = String(reply.status);
  if (reply.status === 401 || reply.status === 403) return { kind: 'forbidden', got };
  if (reply.status === 404 || reply.status === 410) return { kind: 'unsupportedApi', got };
  return invalidResponse(reply);
}

/** An answer that no Nacos gives. */
export function invalidResponse({ status }: HttpReply): ApiReply<never> {
  return { kind: 'invalidResponse', got: status === 200 ? 'a body of another form' : `status ${status}` };
}

/** A body as a JSON object; undefined when it is none. */
export function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A list of instances, as both versions write it. */
export function readHosts(hosts: unknown, ref: ServiceRef, reply: HttpReply): ApiReply<Instance[]> {
  if (!Array.isArray(hosts)) return invalidResponse(reply);
  if (!hosts.every((host) => isNamed(isObject(host) ? host['serviceName'] : undefined, ref)))
    return invalidResponse(reply);
  return { kind: 'value', value: hosts.flatMap(readHost) };
}

/** Is this the service that was asked for, as far as the answer says? Nacos writes `group@@service`. */
export function isNamed(name: unknown, { group, service }: ServiceRef): boolean {
  return typeof name !== 'string' || name === service || name === `${group}@@${service}`;
}

function readHost(host: unknown): Instance[] {
  if (!isObject(host)) return [];
  const { ip, port, weight, healthy, enabled, metadata } = host;
  if (typeof ip !== 'string' || ip === '' || typeof port !== 'number') return [];
  return [
    {
      ip,
      port,
      weight: typeof weight === 'number' ? weight : 1,
      healthy: healthy === true,
      enabled: enabled !== false,
      metadata: typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, string>) : {}, // Nacos keeps strings only
    },
  ];
}

/** The answer to a login, the same in both versions. */
export function readLogin(reply: HttpReply): ApiReply<Login> {
  if (reply.status !== 200) return readFailure(reply);
  const body = parseObject(reply.body);
  const answer = (body?.['data'] ?? body) as Record<string, unknown> | undefined; // 3.x may wrap it in `data`
  const { accessToken, tokenTtl } = answer ?? {};
  if (typeof accessToken !== 'string') return invalidResponse(reply);
  return { kind: 'value', value: { token: accessToken, ttlSeconds: typeof tokenTtl === 'number' ? tokenTtl : 0 } };
}
