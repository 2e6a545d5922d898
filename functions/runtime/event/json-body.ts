import { isObject } from '../object.ts';
import { invalidEvent, Description } from '../run-error.ts';

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
