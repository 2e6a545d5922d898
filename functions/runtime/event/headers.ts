import { randomBytes } from 'node:crypto';
import { Description, invalidEvent } from '../run-error.ts';
import { isStrict, isUriReference, Undecodable } from './attributes.ts';

/** Header values by lower-case name. */
export type Headers = ReadonlyMap<string, string>;

/** Headers whose repetition would make the event ambiguous; of the rest the last counts. */
const isSingle = (name: string): boolean => isStrict(attributeOf(name) ?? '') || name === 'content-type';

/**
 * The headers of a request from Node's `rawHeaders` (name, value, name, value, …). Node itself joins or drops repeated
 * headers silently; here a repeated attribute that is read is refused, and `prefer` is one list (RFC 7240 §2).
 */
export function readHeaders(rawHeaders: readonly string[]): Headers {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = String(rawHeaders[at]).toLowerCase();
    const value = String(rawHeaders[at + 1]);
    const before = headers.get(name);
    if (before !== undefined && isSingle(name)) {
      throw invalidEvent(name, 'one header of this name', new Description('several'));
    }
    headers.set(name, before !== undefined && name === 'prefer' ? `${before}, ${value}` : value);
  }
  return headers;
}

/** The attributes in the headers of a request in binary mode. */
export function readAttributes(headers: Headers): Map<string, string | Undecodable> {
  const attributes = new Map<string, string | Undecodable>();
  for (const [header, value] of headers) {
    const name = attributeOf(header);
    if (name !== undefined) attributes.set(name, decodeValue(name, value));
  }
  return attributes;
}

const attributeOf = (header: string): string | undefined => (header.startsWith('ce-') ? header.slice(3) : undefined);

const URIS = new Set(['source', 'dataschema']);

/**
 * CloudEvents HTTP binding §3.1.3.2: a quoted string is unquoted, then percent-encoded UTF-8 is decoded once. A percent
 * sign that encodes nothing stays itself, for senders that do not encode. The SDKs of Go, Java and Rust send bare UTF-8, and a
 * URI bare: one that would be invalid when decoded stays encoded.
 */
function decodeValue(name: string, value: string): string | Undecodable {
  const sent = decodeUtf8(value);
  const isQuoted = /^"(?:[^"\\]|\\.)*"$/.test(sent);
  const text = isQuoted ? sent.slice(1, -1).replaceAll(/\\(.)/g, '$1') : sent;
  const isUri = URIS.has(name) && isUriReference(text);
  try {
    const decoded = text.replaceAll(/(?:%[0-9a-f]{2})+/gi, decodeURIComponent);
    return isUri && !isUriReference(decoded) ? text : decoded;
  } catch {
    return isStrict(name) && !isUri ? new Undecodable(value) : text;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Node gives a header a character a byte (latin1). Bytes that are not UTF-8 stay unchanged. */
function decodeUtf8(value: string): string {
  if (!/[\u0080-\u00ff]/.test(value)) return value;
  try {
    return utf8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}

/** Does a Broker or Channel deliver? It prefers a reply (`prefer: reply`, RFC 7240); a PingSource sends no such header. */
export function prefersReply(headers: Headers): boolean {
  const preferences = (headers.get('prefer') ?? '').replaceAll(/"(?:[^"\\]|\\.)*"/g, '').split(',');
  return preferences.some((preference) => /^\s*reply\s*(?:[;=]|$)/i.test(preference));
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
