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
interface Dialect {
  readonly loginPath: string;
  configPath(ref: ConfigRef, namespace: string): string;
  readConfig(reply: HttpReply): ApiReply<string>;
  instancesPath(ref: ServiceRef, namespace: string): string;
  readInstances(reply: HttpReply, ref: ServiceRef): ApiReply<Instance[]>;
}

/** Nacos 1.x to 3.1 speak v1, 3.0 and later speak v3 (nacos `ConfigController`, `InstanceController`, `ClientController`). */
export const DIALECTS: Record<ApiVersion, Dialect> = {
  v1: {
    loginPath: '/nacos/v1/auth/login',
    configPath: ({ dataId, group }, namespace) => `/nacos/v1/cs/configs?${query({ dataId, group, tenant: namespace })}`,
    readConfig: (reply) => {
      if (reply.status === 200)
        return isNotNacos(reply) ? invalidResponse(reply) : { kind: 'value', value: reply.body };
      if (reply.status === 404 && reply.body.startsWith('config data not exist')) return { kind: 'notFound' };
      return readFailure(reply);
    },
    instancesPath: ({ service, group, cluster }, namespace) =>
      `/nacos/v1/ns/instance/list?${query({ serviceName: service, groupName: group, namespaceId: namespace || 'public', clusters: cluster, healthyOnly: 'false' })}`,
    readInstances: (reply, ref) => {
      if (reply.status !== 200) return readFailure(reply);
      const list = parse(reply.body);
      return isNamed(list?.['name'], ref) ? readHosts(list?.['hosts'], ref, reply) : invalidResponse(reply);
    },
  },
  v3: {
    loginPath: '/nacos/v3/auth/user/login',
    configPath: ({ dataId, group }, namespace) =>
      `/nacos/v3/client/cs/config?${query({ dataId, groupName: group, namespaceId: namespace || 'public' })}`,
    readConfig: (reply) => {
      if (reply.status !== 200) return readFailure(reply);
      const envelope = parse(reply.body);
      if (envelope?.['code'] === RESOURCE_NOT_FOUND) return { kind: 'notFound' };
      const data = envelope?.['code'] === 0 ? (envelope['data'] as { content?: unknown } | undefined) : undefined; // its content is checked next
      return typeof data?.content === 'string' ? { kind: 'value', value: data.content } : invalidResponse(reply);
    },
    instancesPath: ({ service, group, cluster }, namespace) =>
      `/nacos/v3/client/ns/instance/list?${query({ serviceName: service, groupName: group, namespaceId: namespace || 'public', clusterName: cluster })}`,
    readInstances: (reply, ref) => {
      if (reply.status !== 200) return readFailure(reply);
      const envelope = parse(reply.body);
      if (envelope?.['code'] === RESOURCE_NOT_FOUND) return { kind: 'value', value: [] };
      return readHosts(envelope?.['code'] === 0 ? envelope['data'] : undefined, ref, reply);
    },
  },
};

const RESOURCE_NOT_FOUND = 20_004; // nacos ErrorCode.RESOURCE_NOT_FOUND

function query(parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return new URLSearchParams(given).toString();
}

function readFailure(reply: HttpReply): ApiReply<never> {
  const got = String(reply.status);
  if (reply.status === 401 || reply.status === 403) return { kind: 'forbidden', got };
  if (reply.status === 404 || reply.status === 410) return { kind: 'unsupportedApi', got };
  return invalidResponse(reply);
}

/** A page of somebody else's, a proxy's login form say: every Nacos marks its documents with their MD5 (nacos `ConfigServletInner`). */
function isNotNacos({ headers }: HttpReply): boolean {
  return headers['content-md5'] === undefined && String(headers['content-type']).startsWith('text/html');
}

function invalidResponse({ status }: HttpReply): ApiReply<never> {
  return { kind: 'invalidResponse', got: status === 200 ? 'a body of another form' : `status ${status}` };
}

function parse(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readHosts(hosts: unknown, ref: ServiceRef, reply: HttpReply): ApiReply<Instance[]> {
  if (!Array.isArray(hosts)) return invalidResponse(reply);
  if (!hosts.every((host) => isNamed(isObject(host) ? host['serviceName'] : undefined, ref)))
    return invalidResponse(reply);
  return { kind: 'value', value: hosts.flatMap(readHost) };
}

/** Is this the service that was asked for, as far as the answer says? Nacos writes `group@@service`. */
function isNamed(name: unknown, { group, service }: ServiceRef): boolean {
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
  const body = parse(reply.body);
  const answer = (body?.['data'] ?? body) as Record<string, unknown> | undefined; // 3.x may wrap it in `data`
  const { accessToken, tokenTtl } = answer ?? {};
  if (typeof accessToken !== 'string') return invalidResponse(reply);
  return { kind: 'value', value: { token: accessToken, ttlSeconds: typeof tokenTtl === 'number' ? tokenTtl : 0 } };
}
