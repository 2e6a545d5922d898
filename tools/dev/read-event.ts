import { isObject } from '../../functions/runtime/object.ts';

/** A CloudEvent as a person wants to read it: nothing is checked, the function does that. */
export interface SeenEvent {
  readonly id: string;
  readonly type: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly data: unknown;
  /** The other headers, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads what a request says of its event, in binary or structured mode. Missing attributes are empty. */
export function readSeenEvent(rawHeaders: readonly string[], body: Uint8Array): SeenEvent {
  const all = toPairs(rawHeaders);
  const headers = Object.fromEntries(all.filter(([name]) => !name.startsWith('ce-')));
  const json = parse(body);
  const isStructured = headers['content-type']?.startsWith('application/cloudevents') ?? false;
  const { data, ...envelope } = isStructured && isObject(json) ? json : { data: json };
  const attributes = isStructured
    ? Object.fromEntries(Object.entries(envelope).map(([name, value]) => [name, String(value)]))
    : Object.fromEntries(
        all.filter(([name]) => name.startsWith('ce-')).map(([name, value]) => [name.slice('ce-'.length), value]),
      );
  return { id: attributes['id'] ?? '', type: attributes['type'] ?? '', attributes, data, headers };
}

function toPairs(rawHeaders: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at < rawHeaders.length; at += 2)
    pairs.push([(rawHeaders[at] ?? '').toLowerCase(), rawHeaders[at + 1] ?? '']);
  return pairs;
}

function parse(body: Uint8Array): unknown {
  const text = Buffer.from(body).toString();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
