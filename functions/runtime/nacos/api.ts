import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
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

/** What an answer of Nacos means, once its status and envelope are read. `got` describes it, for messages. */
export type ApiReply<Value> =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'notFound' }
  | { readonly kind: 'forbidden'; readonly got: string; readonly isPermission: boolean } // a permission is missing; else the token, or a login, was refused
  | { readonly kind: 'illegalName'; readonly got: string } // a name breaks the server's rules
  | { readonly kind: 'tooLarge'; readonly got: string }
  | { readonly kind: 'notText'; readonly got: string } // a document in another charset than UTF-8
  | { readonly kind: 'unsupportedApi'; readonly got: string } // the server does not speak this API version
  | { readonly kind: 'invalidResponse'; readonly got: string };

interface Login {
  readonly token: string;
  readonly ttlSeconds: number;
}

/** A question in one API version. */
export interface ApiQuestion<Value> {
  /** Path and query below the context path. */
  readonly path: string;
  /** The longest answer to take. */
  readonly maxBytes: number;
  readonly read: (reply: HttpReply) => ApiReply<Value>;
}

/** How one version of the HTTP API asks and answers. */
export interface Api {
  readonly loginPath: string;
  /** Whether the server asks for credentials; anyone may ask. */
  readonly isAuthEnabled: ApiQuestion<boolean>;
  document(ref: ConfigRef, namespace: string): ApiQuestion<string>;
  instances(ref: ServiceRef, namespace: string): ApiQuestion<Instance[]>;
}

const KIB = 1024;
/** One document, and a list of instances. */
export const MAX_DOCUMENT_BYTES = 1024 * KIB;
export const MAX_LIST_BYTES = 4096 * KIB;
/** Everything else: a login, the server's state. */
export const MAX_STATE_BYTES = 64 * KIB;

/** A path with a query of the parameters that are given. */
export function pathOf(path: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return `${path}?${new URLSearchParams(given).toString()}`;
}

/** The one place that interprets a status. A body of status 200 is read by `read`. */
export function readReply<Value>(reply: HttpReply, read: (reply: HttpReply) => ApiReply<Value>): ApiReply<Value> {
  const { status } = reply;
  const words = wordsOf(reply);
  const got = words === '' ? String(status) : `${status} ${JSON.stringify(words)}`;
  switch (status) {
    case 200:
      return read(reply);
    case 400:
      return /illegal|invalid|required|exceed/i.test(words) ? { kind: 'illegalName', got } : invalidResponse(reply);
    case 401:
    case 403:
      return { kind: 'forbidden', got, isPermission: /authorization failed/i.test(words) };
    case 404:
    case 410:
      return { kind: 'unsupportedApi', got: String(status) };
    default:
      return invalidResponse(reply);
  }
}

/** An answer that is not from Nacos. */
export function invalidResponse({ status }: HttpReply): ApiReply<never> {
  return { kind: 'invalidResponse', got: status === 200 ? 'a body of another form' : `status ${status}` };
}

const MAX_WORDS = 120;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu;

/** The first words of an answer, from whichever of its forms: plain text, Nacos's envelope or the servlet container's JSON. Empty for a page. */
export function wordsOf({ body }: HttpReply): string {
  const object = parseObject(body);
  const detail = typeof object?.['data'] === 'string' ? object['data'] : object?.['message'];
  const text = typeof detail === 'string' ? detail : object === undefined ? body : '';
  const words = text.replace(UNSEEN, ' ').trim();
  if (words.startsWith('<')) return '';
  return words.length > MAX_WORDS ? `${words.slice(0, MAX_WORDS)}…` : words;
}

/** A body as a JSON object; undefined for anything else. */
export function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A document's content, if its MD5 is the one that Nacos gave with it. */
export function readContent(content: Buffer, md5: unknown): ApiReply<string> {
  if (content.length > MAX_DOCUMENT_BYTES) return { kind: 'tooLarge', got: `${content.length} bytes` };
  if (typeof md5 !== 'string' || createHash('md5').update(content).digest('hex') === md5.toLowerCase()) {
    return isUtf8(content)
      ? { kind: 'value', value: content.toString('utf8') }
      : { kind: 'notText', got: 'bytes that are no UTF-8' };
  }
  return { kind: 'invalidResponse', got: 'a content of another MD5 than Nacos says: something on the way changed it' };
}

/** A list of instances, as both versions write it. */
export function readHosts(hosts: unknown, ref: ServiceRef, reply: HttpReply): ApiReply<Instance[]> {
  if (!Array.isArray(hosts)) return invalidResponse(reply);
  if (!hosts.every((host) => isNamed(isObject(host) ? host['serviceName'] : undefined, ref)))
    return invalidResponse(reply);
  return { kind: 'value', value: hosts.filter((host) => isInCluster(host, ref)).flatMap(readHost) };
}

/** Is this the service that was asked for, as far as the answer says? Nacos writes `group@@service`. */
export function isNamed(name: unknown, { group, service }: ServiceRef): boolean {
  return typeof name !== 'string' || name === service || name === `${group}@@${service}`;
}

/** The servers filter by cluster, but for r-nacos (0.8), which takes the parameter and ignores it. */
function isInCluster(host: unknown, { cluster }: ServiceRef): boolean {
  const named = isObject(host) ? host['clusterName'] : undefined;
  return cluster === undefined || typeof named !== 'string' || cluster.split(',').includes(named);
}

function readHost(host: unknown): Instance[] {
  if (!isObject(host)) return [];
  const { ip, port, weight, healthy, enabled, metadata } = host;
  if (typeof ip !== 'string' || ip === '' || typeof port !== 'number') return [];
  return [
    {
      ip,
      port,
      weight: typeof weight === 'string' ? Number(weight) : typeof weight === 'number' ? weight : 1, // 2.5.1 writes "NaN" as text
      healthy: healthy === true,
      enabled: enabled !== false,
      metadata: typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, string>) : {}, // Nacos keeps strings only
    },
  ];
}

/** The answer to a login, the same in both versions. */
export function readLogin(reply: HttpReply): ApiReply<Login> {
  return readReply<Login>(reply, () => {
    const body = parseObject(reply.body);
    const answer = (body?.['data'] ?? body) as Record<string, unknown> | undefined; // 3.x may wrap it in `data`
    const { accessToken, tokenTtl } = answer ?? {};
    if (typeof accessToken !== 'string') return invalidResponse(reply);
    return { kind: 'value', value: { token: accessToken, ttlSeconds: typeof tokenTtl === 'number' ? tokenTtl : 0 } };
  });
}

/** The server's `auth_enabled`, a string in both versions. */
export function readAuthEnabled(state: unknown, reply: HttpReply): ApiReply<boolean> {
  const enabled = isObject(state) ? String(state['auth_enabled']) : '';
  return enabled === 'true' || enabled === 'false'
    ? { kind: 'value', value: enabled === 'true' }
    : invalidResponse(reply);
}
