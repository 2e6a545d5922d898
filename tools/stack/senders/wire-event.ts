import type { CloudEventV1 } from 'cloudevents';

/** A CloudEvent in the form in which a dispatcher holds it: attributes as text, data as opaque bytes. */
export interface WireEvent {
  /** Names in lower case, `datacontenttype` included. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly data?: Uint8Array;
}

export interface WireMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Go's SDK writes these first and in this order in structured mode; the extensions follow the data. */
const CONTEXT = ['specversion', 'id', 'source', 'type', 'subject', 'datacontenttype', 'dataschema', 'time'];
const NO_BYTES = new Uint8Array();

/** Attributes that are null or undefined are not there. Data: see `encodeData`, or `data_base64` decoded. */
export function toWireEvent(event: CloudEventV1<unknown>): WireEvent {
  const attributes = Object.entries(event)
    .filter(([name, value]) => name !== 'data' && name !== 'data_base64' && value !== undefined && value !== null)
    .map(([name, value]) => [name.toLowerCase(), String(value)]);
  const data = event.data_base64 === undefined ? encodeData(event.data) : Buffer.from(event.data_base64, 'base64');
  return { attributes: Object.fromEntries(attributes), ...(data && { data }) };
}

/** The event with these attributes set, in place of its own of the same name. */
export function withAttributes(event: WireEvent, attributes: WireEvent['attributes']): WireEvent {
  return { ...event, attributes: { ...event.attributes, ...attributes } };
}

/** Binary content mode: `Content-Type` only when the event has a content type. */
export function toBinaryMessage({ attributes, data }: WireEvent): WireMessage {
  const headers = Object.entries(attributes).map(([name, value]) => [
    name === 'datacontenttype' ? 'content-type' : `ce-${name}`,
    value,
  ]);
  return { headers: Object.fromEntries(headers), body: data ?? NO_BYTES };
}

/** Structured content mode: one JSON document, in which JSON data stands as it came, byte for byte. */
export function toStructuredMessage({ attributes, data }: WireEvent): WireMessage {
  const isExtension = (name: string): boolean => !CONTEXT.includes(name);
  const members = [
    ...CONTEXT.flatMap((name) => member(name, attributes[name])),
    ...(data === undefined ? [] : [`"data":${dataAsJson(data, attributes['datacontenttype'])}`]),
    ...Object.keys(attributes)
      .filter(isExtension)
      .toSorted()
      .flatMap((name) => member(name, attributes[name])),
  ];
  return {
    headers: { 'content-type': 'application/cloudevents+json' },
    body: Buffer.from(`{${members.join(',')}}`),
  };
}

function member(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${JSON.stringify(name)}:${JSON.stringify(value)}`];
}

function dataAsJson(data: Uint8Array, contentType: string | undefined): string {
  const text = Buffer.from(data).toString();
  return isJson(contentType) ? text : JSON.stringify(text);
}

/** Whether data of this content type is JSON; an event without one holds JSON (CloudEvents JSON format 1.0, 3.1). */
export function isJson(contentType = 'application/json'): boolean {
  return ['application/json', 'text/json'].includes(mediaType(contentType));
}

/** `Application/JSON; charset=utf-8` is `application/json`. */
export function mediaType(contentType: string): string {
  return contentType.replace(/;.*$/s, '').trim().toLowerCase();
}

/** A string or bytes are taken as encoded already; anything else is a JSON value. */
export function encodeData(data: unknown): Uint8Array | undefined {
  if (data === undefined || data === null) return undefined;
  if (data instanceof Uint8Array) return data;
  return Buffer.from(typeof data === 'string' ? data : JSON.stringify(data));
}
