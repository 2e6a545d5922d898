import { parseRfc3339, RFC3339_FORM } from '../rfc3339.ts';
import { Description, invalidEvent, type EventIdentity } from '../run-error.ts';

/** The attributes of a CloudEvent 1.0: those that a function reads are checked, the others are unchanged. */
export interface Attributes {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** Undefined when the event has none; PingSource sends nanoseconds, of which the milliseconds are kept. */
  readonly time: Date | undefined;
  readonly subject: string | undefined;
  readonly datacontenttype: string | undefined;
  /** Integers and truth values as text. */
  readonly extensions: ReadonlyMap<string, string>;
}

const MAX_LENGTH = { id: 256, source: 1024, type: 256, runkey: 256, rerunof: 256 } as const;
const CORE = new Set(['specversion', 'id', 'source', 'type', 'time', 'subject', 'dataschema', 'datacontenttype']);
const STRICT = new Set(['specversion', 'time', 'dataschema', 'slotunit', ...Object.keys(MAX_LENGTH)]);
const MAX_COUNT = 256;
const MAX_BYTES = 64 * 1024; // what CloudEvents asks intermediaries to carry

/** Does a function act on this attribute? A mistake in an attribute that is not read never refuses an event. */
export const isStrict = (name: string): boolean => STRICT.has(name);

/** A header's value whose percent-encoding is not UTF-8. */
export class Undecodable {
  readonly sent: string;

  constructor(sent: string) {
    this.sent = sent;
  }
}

/** An attribute as errors name it, in both content modes. */
export const fieldOf = (name: string): string => `ce-${name}`;

/**
 * Checks raw attributes: text, and in structured mode any JSON value. Nothing is filled in: the `cloudevents`
 * SDK (10.0) would invent a missing id, specversion or time, and an invented id would defeat the run key.
 * Throws `rejected: event`.
 */
export function checkAttributes(given: ReadonlyMap<string, unknown>): Attributes {
  requireSize(given);
  const specversion = given.get('specversion');
  if (specversion !== '1.0') throw invalidEvent(fieldOf('specversion'), '"1.0"', specversion);
  const [id, source, type] = [requireText('id', given), requireText('source', given), requireText('type', given)];
  if (!isUriReference(source)) throw invalidEvent(fieldOf('source'), 'a URI reference (RFC 3986)', source);
  const texts = new Map<string, string>();
  for (const [name, value] of given) {
    if (!/^[a-z0-9]+$/.test(name)) throw invalidEvent(fieldOf(name), 'an attribute name of a-z and 0-9', name);
    texts.set(name, toText(name, value));
  }
  const dataschema = texts.get('dataschema');
  if (dataschema !== undefined && !isAbsoluteUri(dataschema)) {
    throw invalidEvent(fieldOf('dataschema'), 'an absolute URI (RFC 3986)', dataschema);
  }
  return {
    id,
    source,
    type,
    time: readTime(texts.get('time')),
    subject: texts.get('subject'),
    datacontenttype: texts.get('datacontenttype'),
    extensions: new Map([...texts].filter(([name]) => !CORE.has(name))),
  };
}

/** The identity of a refused event: those of its attributes that are valid. */
export function readIdentity(given: ReadonlyMap<string, unknown>): EventIdentity {
  const read = (name: keyof EventIdentity): string | undefined => {
    try {
      return requireText(name, given);
    } catch {
      return undefined; // not readable
    }
  };
  return { id: read('id'), source: read('source'), type: read('type') };
}

function requireSize(given: ReadonlyMap<string, unknown>): void {
  if (given.size > MAX_COUNT) {
    throw invalidEvent('attributes', `at most ${MAX_COUNT}`, new Description(String(given.size)));
  }
  let bytes = 0;
  for (const [name, value] of given) bytes += name.length + Buffer.byteLength(typeof value === 'string' ? value : '');
  if (bytes > MAX_BYTES) {
    throw invalidEvent('attributes', `at most ${MAX_BYTES} bytes in all`, new Description(String(bytes)));
  }
}

function requireText(name: 'id' | 'source' | 'type', given: ReadonlyMap<string, unknown>): string {
  return toText(name, given.get(name));
}

function toText(name: string, value: unknown): string {
  const field = fieldOf(name);
  if (typeof value === 'string') return isStrict(name) ? checkStrict(name, value) : value;
  if (value instanceof Undecodable) throw invalidEvent(field, 'percent-encoded UTF-8', value.sent);
  if (CORE.has(name)) throw invalidEvent(field, 'a non-empty string', value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && value === (value | 0)) return String(value); // CloudEvents 1.0 §3.1: Integer
  if (typeof value === 'number') throw invalidEvent(field, 'a whole number of 32 bits', value);
  throw invalidEvent(field, 'a simple value', value);
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/u; // CloudEvents 1.0 §3.1

function checkStrict(name: string, value: string): string {
  const field = fieldOf(name);
  if (value === '') throw invalidEvent(field, 'a non-empty string', value);
  const max = MAX_LENGTH[name as keyof typeof MAX_LENGTH] as number | undefined; // any name may be asked for
  if (max !== undefined && value.length > max) throw invalidEvent(field, `at most ${max} characters`, value);
  if (CONTROL.test(value)) throw invalidEvent(field, 'no control characters', value);
  return value;
}

function readTime(value: string | undefined): Date | undefined {
  if (value === undefined) return undefined;
  const instant = parseRfc3339(value);
  if (instant === undefined) throw invalidEvent(fieldOf('time'), RFC3339_FORM, value);
  return new Date(instant.seconds * 1000 + Math.floor(instant.nanos / 1e6));
}

const PARTS = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?[^#]*)?(?:#([^]*))?$/; // RFC 3986, appendix B
const SCHEME = /^[a-z][a-z0-9+.-]*$/i;
const AUTHORITY = /^(?:[^@[\]]*@)?(\[[0-9a-f:.]*\]|[^:@[\]]*)(?::\d*)?$/i;
const NEVER = /[\s"<>\\^`{|}\p{Cc}]|%(?![0-9a-f]{2})/iu; // a letter beyond ASCII may stand for its percent-encoding (RFC 3987)

/** Is this a URI reference (RFC 3986 §4.1): a URI, or what is relative to one, such as `/apis/v1/pingsources/a`? */
export function isUriReference(text: string): boolean {
  const [, scheme, authority, path = '', fragment = ''] = PARTS.exec(text) ?? [];
  if (NEVER.test(text) || /[[\]]/.test(path) || fragment.includes('#')) return false;
  if (authority !== undefined && !isAuthority(authority)) return false;
  if (scheme === undefined) return !text.startsWith(':');
  return SCHEME.test(scheme) && (!/^https?$/i.test(scheme) || URL.canParse(text));
}

/** Is this a URI with a scheme (RFC 3986 §4.3)? */
export function isAbsoluteUri(text: string): boolean {
  return /^[^:/?#]+:./.test(text) && isUriReference(text);
}

function isAuthority(authority: string): boolean {
  const host = AUTHORITY.exec(authority)?.[1];
  if (host === undefined) return false;
  return !host.startsWith('[') || URL.canParse(`http://${host}/`);
}
