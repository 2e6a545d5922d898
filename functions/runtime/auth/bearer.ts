import type { RunEnd } from '../outcome.ts';
import { RunError, quoteValue, Description } from '../run-error.ts';

/** Kubernetes' tokens take about 1 KiB. */
const MAX_TOKEN_LENGTH = 8192;
const UNAUTHENTICATED: RunEnd = { outcome: 'rejected', reason: 'unauthenticated' };

/** The token of the one `authorization` header of Node's `rawHeaders`. Throws `rejected: unauthenticated`. */
export function readBearer(rawHeaders: readonly string[]): string {
  const values = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === 'authorization');
  const [value] = values;
  if (value === undefined) throw unauthenticated('a bearer token', undefined);
  if (values.length > 1) throw unauthenticated('one header', new Description('several'));
  if (value.length > MAX_TOKEN_LENGTH)
    throw unauthenticated(`at most ${MAX_TOKEN_LENGTH} characters`, new Description('more'));
  const token = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(value)?.[1];
  if (token === undefined)
    throw unauthenticated('a bearer token that is a signed JWT', new Description('something else'));
  return token;
}

/** The caller did not prove who it is. Neither its token nor what stands in it is ever shown. */
export function unauthenticated(expected: string, got: Description | undefined, cause?: unknown): RunError {
  const message = `authorization: expected ${expected}, got ${quoteValue(got)}`;
  return new RunError(UNAUTHENTICATED, message, { field: 'authorization', cause });
}
