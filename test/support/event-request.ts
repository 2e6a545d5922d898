import { RunError } from '../../functions/runtime/run-error.ts';
import type { RawRequest } from '../../functions/runtime/event/http-request.ts';

type Attributes = Readonly<Record<string, unknown>>;

/** For tests: a tick of a PingSource. */
export const TICK: Attributes = {
  specversion: '1.0',
  id: 'b80769bc-aaa4-474a-bdbc-86c0cd08f745',
  source: '/apis/v1/namespaces/default/pingsources/goods-onsale',
  type: 'dev.knative.sources.ping',
  time: '2026-11-22T05:40:00.49652449Z',
};

/** A POST to `/` with these headers. */
export function post(headers: Readonly<Record<string, string>>, body: string | Uint8Array = ''): RawRequest {
  return { method: 'POST', url: '/', rawHeaders: Object.entries(headers).flat(), body: Buffer.from(body) };
}

/** The same event in either content mode; an attribute that is undefined is left out. */
export const MODES = {
  binary: (attributes: Attributes, data?: unknown) => {
    const set = Object.entries(attributes).filter(([, value]) => value !== undefined);
    const headers = set.map(([name, value]) => [`Ce-${name}`, percentEncode(String(value))]);
    if (data === undefined) return post(Object.fromEntries(headers));
    return post({ ...Object.fromEntries(headers), 'Content-Type': 'application/json' }, JSON.stringify(data));
  },
  structured: (attributes: Attributes, data?: unknown) =>
    post({ 'Content-Type': 'application/cloudevents+json' }, JSON.stringify({ ...attributes, data })),
} as const satisfies Record<string, (attributes: Attributes, data?: unknown) => RawRequest>;

/** The encoding of a header value by CloudEvents HTTP binding 1.0.2 §3.1.3.2. */
export function percentEncode(value: string): string {
  return value.replaceAll(/[^\u{21}\u{23}\u{24}\u{26}-\u{7e}]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/** What the refusal of `read` says; throws when it refuses nothing, or in another way. */
export function refusalOf(read: () => unknown): { ending: string; field: string | undefined; message: string } {
  try {
    read();
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    const { ending, field, message } = error;
    return { ending: `${ending.outcome}: ${ending.reason}`, field, message };
  }
  throw new Error('expected a refusal, got none');
}
