import { invalidEvent, quoteValue, RunError } from '../run-error.ts';
import type { Headers } from './headers.ts';

/** An HTTP request as the host received it. */
export interface RawRequest {
  readonly method: string;
  readonly url: string;
  /** As Node gives them: name, value, name, value, … */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

const ORIGIN = /^https?:\/\/[^/?#]+\/?/i; // a request through a proxy names it (RFC 9112 §3.2.2)

/** Throws `rejected: method` (405) for another method, `rejected: event` (400) for another path; a query does not matter. */
export function requirePostToRoot({ method, url }: RawRequest): void {
  if (method !== 'POST') {
    throw new RunError({ outcome: 'rejected', reason: 'method' }, `method: expected POST, got ${quoteValue(method)}`, {
      field: 'method',
    });
  }
  const path = url.replace(ORIGIN, '/').split('?', 1)[0];
  if (path !== '/') throw invalidEvent('path', '/', path);
}

/** Refuses a compressed body. */
export function requireIdentityEncoding(headers: Headers): void {
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') throw invalidEvent('content-encoding', 'no encoding', encoding);
}
