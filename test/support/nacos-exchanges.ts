import { readFileSync } from 'node:fs';
import { request as send } from 'node:http';
import { text } from 'node:stream/consumers';
import type { NacosVersion } from '../../tools/stack/nacos/versions.ts';

/** One request and what a real server said to it (tools/stack/nacos/fixtures/README.md). */
export interface Exchange {
  readonly name: string;
  /** A switch that was set on the server before. */
  readonly server?: string;
  readonly request: {
    readonly method: string;
    /** With the context path; may hold a query. */
    readonly path: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly form?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly raw?: string;
    /** Who asked; a server without auth when missing. */
    readonly auth?: string;
  };
  readonly status: number;
  readonly contentType: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What two answers are compared by. */
export type Outcome = Pick<Exchange, 'status' | 'contentType' | 'headers'> & { readonly body: unknown };

const FIXTURES = new URL('../../tools/stack/nacos/fixtures/', import.meta.url);

/** The passwords of the recorded users. */
export const recordedUsers = { nacos: 'Adm1n-pass', reader: 'Read-1', nobody: 'Nope-1', minimal: 'Min-1' } as const;

/** In the order of the recording. */
export function readExchanges(version: NacosVersion): readonly Exchange[] {
  const lines = readFileSync(new URL(`nacos-${version}.jsonl`, FIXTURES), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Exchange); // oxlint-disable-line typescript/no-unsafe-type-assertion -- a committed file of this form
}

/** Asks a server the same; `token` is that of the exchange's user. */
export async function askAgain(url: string, { request }: Exchange, token: string | undefined): Promise<Outcome> {
  const [how = '', user] = (request.auth ?? 'none').split(':');
  const byParameter = how === 'param' && token !== undefined ? { accessToken: token } : {};
  const query = new URLSearchParams({ ...request.query, ...byParameter }).toString();
  const body = request.raw ?? (request.form && new URLSearchParams(expand(request.form)).toString());
  const headers: Record<string, string> = {
    ...(request.form && { 'Content-Type': 'application/x-www-form-urlencoded' }),
    ...(body !== undefined && { 'Content-Length': String(Buffer.byteLength(body)) }),
    ...(token !== undefined && user === undefined && { Authorization: `Bearer ${token}` }),
    ...(token !== undefined && how === 'header' && { accessToken: token }),
    ...request.headers,
  };
  const target = new URL(url + request.path + (query === '' ? '' : `?${query}`));
  return new Promise((resolve, reject) => {
    const asked = send(target, { method: request.method, headers, agent: false }, (response) => {
      const { statusCode: status = 0, headers: received } = response;
      const contentType = received['content-type'] ?? null;
      const kept = Object.entries(received).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value] as const] : [],
      );
      const toOutcome = (answer: string): Outcome =>
        normalise({ status, contentType, headers: Object.fromEntries(kept), body: answer });
      text(response).then(toOutcome).then(resolve, reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Without what differs from one asking to the next: times, tokens, IDs, the order of hosts and methods, the host of a redirect. */
export function normalise({ status, contentType, headers, body }: Omit<Outcome, 'body'> & { body: string }): Outcome {
  const known = Object.entries(headers ?? {}).map(([name, value]) => [name, readHeader(name, value)]);
  return { status, contentType, headers: Object.fromEntries(known), body: readBody(body) };
}

const volatile: Readonly<Record<string, unknown>> = {
  timestamp: 'T',
  accessToken: 'TOKEN',
  tokenTtl: 'seconds',
  lastRefTime: 0,
  lastModified: 0,
  createTime: 0,
  modifyTime: 0,
  id: 'ID',
};

function readBody(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body, (key, value: unknown) => {
      if (Object.hasOwn(volatile, key)) return volatile[key];
      return Array.isArray(value) ? value.map((item) => JSON.stringify(item)).toSorted() : value;
    });
    return typeof parsed === 'object' ? parsed : body;
  } catch {
    return body;
  }
}

function readHeader(name: string, value: string): string {
  if (name === 'allow') return value.split(/, ?/).toSorted().join(', ');
  if (name === 'location') return new URL(value).pathname;
  return name === 'authorization' ? 'Bearer TOKEN' : value;
}

/** `<3145728 characters>` stands for a text of that length. */
function expand(form: Readonly<Record<string, string>>): Record<string, string> {
  const values = Object.entries(form).map(([name, value]) => {
    const length = /^<(\d+) characters>$/.exec(value)?.[1];
    return [name, length === undefined ? value : 'x'.repeat(Number(length))];
  });
  return Object.fromEntries(values) as Record<string, string>;
}
