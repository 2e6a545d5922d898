import { randomBytes } from 'node:crypto';
import { invalidEvent, Description } from '../run-error.ts';

/** Header values by lower-case name. */
export type Headers = ReadonlyMap<string, string>;

/** Headers whose repetition would make the event ambiguous; the rest keep their last value. */
const isSingle = (name: string): boolean => name.startsWith('ce-') || name === 'content-type' || name === 'prefer';

/**
 * The headers of a request from Node's `rawHeaders` (name, value, name, value, …). Node itself joins or drops repeated
 * headers silently; here a repeated event attribute is refused.
 */
export function readHeaders(rawHeaders: readonly string[]): Headers {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = String(rawHeaders[at]).toLowerCase();
    if (isSingle(name) && headers.has(name))
      throw invalidEvent(name, 'one header of this name', new Description('several'));
    headers.set(name, String(rawHeaders[at + 1]));
  }
  return headers;
}

/** A content type split into its media type, in lower case, and its charset, if one is named. */
export function readContentType(value: string | undefined): { mediaType: string; charset: string | undefined } {
  const [mediaType = '', ...parameters] = (value ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  return { mediaType, charset: charset?.replaceAll('"', '') };
}

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The W3C trace context to send on: the caller's when it is well formed, else a new, unsampled one. */
export function readTraceparent(given: string | undefined): string {
  if (given !== undefined && TRACEPARENT.test(given)) return given;
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}
