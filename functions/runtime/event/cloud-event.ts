import { isObject } from '../object.ts';
import { Description, invalidEvent, RunError } from '../run-error.ts';
import { checkAttributes, readIdentity, type Attributes } from './attributes.ts';
import { readAttributes, readContentType, type Headers } from './headers.ts';

/** A CloudEvent 1.0 whose attributes were checked. */
export interface StrictEvent extends Attributes {
  /** The JSON object in the event's data; undefined when the event has none. */
  readonly data: Record<string, unknown> | undefined;
}

/**
 * Reads a CloudEvent from an HTTP request, in binary or structured mode, the same for both: `ce-id` names the attribute
 * id and `data` the event's data in the errors of either. Throws `rejected: event`, which says whose event it was as far
 * as that was readable.
 */
export function readCloudEvent(headers: Headers, body: Uint8Array): StrictEvent {
  const { mediaType, charset } = readContentType(headers.get('content-type'));
  if (!mediaType.startsWith('application/cloudevents')) {
    return check(readAttributes(headers), () => readBody(body, mediaType, charset));
  }
  if (mediaType !== 'application/cloudevents+json') {
    throw invalidEvent('content-type', 'one event as application/cloudevents+json', mediaType);
  }
  const { data, data_base64: base64, ...rest } = readEnvelope(body, charset);
  const attributes = new Map(Object.entries(rest).filter(([, value]) => value !== null));
  return check(attributes, (contentType) => readMember(data, base64, contentType));
}

type ReadData = (contentType: string | undefined) => StrictEvent['data'];

function check(attributes: ReadonlyMap<string, unknown>, readData: ReadData): StrictEvent {
  try {
    const checked = checkAttributes(attributes);
    return { ...checked, data: readData(checked.datacontenttype) };
  } catch (error) {
    throw error instanceof RunError ? error.about(readIdentity(attributes)) : error;
  }
}

/** Data in binary mode. */
function readBody(body: Uint8Array, mediaType: string, charset: string | undefined): StrictEvent['data'] {
  if (body.length === 0) return undefined;
  requireJson(mediaType);
  return requireObject(parseJson('data', body, charset));
}

function readEnvelope(body: Uint8Array, charset: string | undefined): Record<string, unknown> {
  const envelope = parseJson('body', body, charset);
  if (!isObject(envelope)) throw invalidEvent('body', 'one CloudEvent as a JSON object', envelope);
  return envelope;
}

/** Data in structured mode, in either of its two members. */
function readMember(data: unknown, base64: unknown, contentType: string | undefined): StrictEvent['data'] {
  const bytes = base64 === undefined || base64 === null ? undefined : decodeBase64(base64);
  if (bytes !== undefined && data !== undefined) {
    throw invalidEvent('data', 'data or data_base64, not both', new Description('both'));
  }
  const hasData = bytes === undefined ? data !== undefined && data !== null : bytes.length > 0;
  if (!hasData) return undefined;
  const { mediaType, charset } = readContentType(contentType);
  requireJson(mediaType);
  return requireObject(bytes === undefined ? data : parseJson('data', bytes, charset));
}

/** RFC 4648 §4. Buffer alone would leave out what it cannot decode: "A" would be no data, and so another run. */
function decodeBase64(value: unknown): Uint8Array {
  if (typeof value !== 'string' || value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
    throw invalidEvent('data', 'base64 text in data_base64', value);
  }
  return Buffer.from(value, 'base64');
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const UTF8_CHARSETS = new Set([undefined, 'utf-8', 'utf8', 'us-ascii']);

/** The value in JSON bytes. `where` names them in errors: `body`, or `data` of an event. */
export function parseJson(where: string, bytes: Uint8Array, charset?: string): unknown {
  if (!UTF8_CHARSETS.has(charset)) throw invalidEvent('content-type', 'charset utf-8', charset);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (error) {
    throw invalidEvent(where, 'UTF-8 text', new Description('other bytes'), error);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw invalidEvent(where, 'JSON', new Description('other text'), error);
  }
}

/** A JSON object, as `data` of an event must be; nothing and null mean no data. */
export function requireObject(value: unknown): Record<string, unknown> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalidEvent('data', 'a JSON object', value);
  return value;
}

/** Is this media type JSON, alone or by suffix (`application/json`, `application/x+json`)? */
export function isJson(mediaType: string): boolean {
  return mediaType === 'application/json' || mediaType === 'text/json' || /^[\w.+-]+\/[\w.-]+\+json$/.test(mediaType);
}

/** Refuses a media type of an event's data that is not JSON. None is JSON: the SDK for Go drops the one that an event implies. */
export function requireJson(mediaType: string): void {
  if (mediaType !== '' && !isJson(mediaType)) {
    throw invalidEvent('data', 'the content type application/json', mediaType);
  }
}
