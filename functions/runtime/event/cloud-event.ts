import { isObject } from '../object.ts';
import { invalidEvent, Description } from '../run-error.ts';
import { type Headers, readContentType } from './headers.ts';
import { parseRfc3339, RFC3339_FORM } from '../rfc3339.ts';
import { parseJson, requireJson, requireObject } from './json-body.ts';

/** A CloudEvent 1.0 whose attributes were all present, of the right type, and within our lengths. */
export interface StrictEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** As sent, checked to be RFC 3339; PingSource sends nanoseconds. */
  readonly time: Date | undefined;
  readonly extensions: ReadonlyMap<string, string>;
  /** The JSON object in the event's data; undefined when the event has none. */
  readonly data: Record<string, unknown> | undefined;
}

const MAX_LENGTH = { id: 256, source: 1024, type: 256, other: 1024 } as const;
const CORE = new Set(['specversion', 'id', 'source', 'type', 'time', 'subject', 'dataschema', 'datacontenttype']);
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/u; // CloudEvents 1.0 §3.1
const EXTENSION_NAME = /^[a-z0-9]{1,64}$/;

/**
 * Reads a CloudEvent from an HTTP request, in binary or structured mode. Nothing is filled in: the `cloudevents` SDK
 * (10.0) would invent a missing id, specversion or time, and an invented id would defeat the run key. So the raw
 * attributes are checked here, the same for both modes.
 */
export function readCloudEvent(headers: Headers, body: Uint8Array): StrictEvent {
  const { mediaType, charset } = readContentType(headers.get('content-type'));
  if (mediaType.startsWith('application/cloudevents')) {
    if (mediaType !== 'application/cloudevents+json') {
      throw invalidEvent('content-type', 'one event as application/cloudevents+json', mediaType);
    }
    return readStructured(parseJson('body', body, charset));
  }
  return readBinary(headers, mediaType, charset, body);
}

function readBinary(headers: Headers, mediaType: string, charset: string | undefined, body: Uint8Array): StrictEvent {
  const attributes = new Map<string, unknown>();
  for (const [name, value] of headers) {
    if (name.startsWith('ce-')) attributes.set(name.slice('ce-'.length), decodeHeader(name, value));
  }
  const checked = checkAttributes(attributes, 'ce-');
  if (body.length === 0) return { ...checked, data: undefined };
  requireJson('content-type', mediaType);
  return { ...checked, data: requireObject(parseJson('body', body, charset)) };
}

function readStructured(envelope: unknown): StrictEvent {
  if (!isObject(envelope)) {
    throw invalidEvent('body', 'one CloudEvent as a JSON object', envelope);
  }
  const { data, data_base64: base64, ...rest } = envelope;
  const attributes = new Map(Object.entries(rest).filter(([, value]) => value !== null));
  const checked = checkAttributes(attributes, '');
  const bytes = base64 === undefined || base64 === null ? undefined : decodeBase64(base64);
  if (bytes !== undefined && data !== undefined)
    throw invalidEvent('data_base64', 'data or data_base64, not both', new Description('both'));
  const hasData = bytes === undefined ? data !== undefined && data !== null : bytes.length > 0;
  if (!hasData) return { ...checked, data: undefined };
  const contentType = attributes.get('datacontenttype');
  if (typeof contentType === 'string') requireJson('datacontenttype', readContentType(contentType).mediaType);
  return { ...checked, data: requireObject(bytes === undefined ? data : parseJson('data_base64', bytes)) };
}

function checkAttributes(attributes: ReadonlyMap<string, unknown>, prefix: string): Omit<StrictEvent, 'data'> {
  const specversion = attributes.get('specversion');
  if (specversion !== '1.0') throw invalidEvent(`${prefix}specversion`, '"1.0"', specversion);
  const text = (name: 'id' | 'source' | 'type'): string =>
    checkText(`${prefix}${name}`, attributes.get(name), MAX_LENGTH[name]);
  const [id, source, type] = [text('id'), text('source'), text('type')];
  if (/\s/.test(source)) throw invalidEvent(`${prefix}source`, 'a URI reference without white space', source);
  const extensions = new Map<string, string>();
  for (const [name, value] of attributes) {
    if (!EXTENSION_NAME.test(name)) throw invalidEvent(`${prefix}${name}`, 'an attribute name of a-z and 0-9', name);
    const isSimple = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (!isSimple) throw invalidEvent(`${prefix}${name}`, 'a simple value', value);
    const text = checkText(`${prefix}${name}`, CORE.has(name) ? value : String(value), MAX_LENGTH.other);
    if (!CORE.has(name)) extensions.set(name, text);
  }
  return { id, source, type, time: readTime(`${prefix}time`, attributes.get('time')), extensions };
}

function checkText(where: string, value: unknown, maxLength: number): string {
  if (typeof value !== 'string' || value === '') throw invalidEvent(where, 'a non-empty string', value);
  if (value.length > maxLength) throw invalidEvent(where, `at most ${maxLength} characters`, value);
  if (CONTROL.test(value)) throw invalidEvent(where, 'no control characters', value);
  return value;
}

function readTime(where: string, value: unknown): Date | undefined {
  if (value === undefined) return undefined;
  const instant = typeof value === 'string' ? parseRfc3339(value) : undefined;
  if (instant === undefined) throw invalidEvent(where, RFC3339_FORM, value);
  return new Date(instant.seconds * 1000 + Math.floor(instant.nanos / 1e6));
}

/**
 * CloudEvents HTTP binding §3.1.3.2: a quoted string is unquoted, then percent-encoded UTF-8 is decoded once. A percent
 * sign that encodes nothing stays itself, for senders that do not encode.
 */
function decodeHeader(name: string, value: string): string {
  const isQuoted = /^"(?:[^"\\]|\\.)*"$/.test(value);
  const text = isQuoted ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value;
  try {
    return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, decodeURIComponent);
  } catch (error) {
    throw invalidEvent(name, 'percent-encoded UTF-8', value, error);
  }
}

function decodeBase64(value: unknown): Uint8Array {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value))
    throw invalidEvent('data_base64', 'base64 text', value);
  return Buffer.from(value, 'base64');
}
