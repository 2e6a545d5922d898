import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { performance } from 'node:perf_hooks';
import { gunzipSync } from 'node:zlib';
import { HTTP, type CloudEvent } from 'cloudevents';
import { encodeData } from './senders/wire-event.ts';

/** What became of one POST. `post` never rejects: a transport error is a result too. */
export interface PostResult {
  /** `undefined` when no response came: connection refused or reset, timeout, abort. */
  readonly status: number | undefined;
  /** Why there is no response, or why its body ends early. */
  readonly error?: string;
  readonly timedOut?: true;
  /** What was read of the body, as UTF-8. */
  readonly body: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly durationMs: number;
}

export interface Post {
  readonly url: URL;
  /** Sent in this order and in this case, nothing added: also no `Connection`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  /** For the whole exchange, response body included. Unlimited when unset. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Accepts what a sender can reach: an absolute `http:` URL. Throws a TypeError that names `owner` otherwise. */
export function parseSink(owner: string, sink: string): URL {
  const url = URL.parse(sink);
  if (url?.protocol !== 'http:')
    throw new TypeError(`${owner}: sink: expected an http:// URL, got ${JSON.stringify(sink)}`);
  return url;
}

const MAX_BODY_BYTES = 1024 * 1024; // our answers are a thousand times shorter

/** POSTs once on a connection of its own. Follows no redirect; reads gzip, as Go's client does unasked, and 1 MiB at most. */
export async function post({ url, headers, body, timeoutMs, signal }: Post): Promise<PostResult> {
  const startedAt = performance.now();
  const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const stop = AbortSignal.any([timeout, signal].filter((one) => one !== undefined));
  const chunks: Buffer[] = [];
  let response: IncomingMessage | undefined;
  let text = '';
  let failure: { error: string; timedOut?: true } | undefined;
  try {
    response = await send(url, headers, body, stop);
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) throw new Error(`an answer of more than ${MAX_BODY_BYTES} bytes`); // leaving the loop ends the connection
    }
    text = decode(response, Buffer.concat(chunks));
  } catch (error) {
    text = Buffer.concat(chunks).toString();
    if (signal?.aborted) failure = { error: 'stopped by the sender' };
    else if (timeout?.aborted) failure = { error: `no complete answer within ${timeoutMs} ms`, timedOut: true };
    else failure = { error: describe(error) };
  }
  return {
    status: response?.statusCode,
    ...failure,
    body: text,
    headers: flatten(response?.headers ?? {}),
    durationMs: performance.now() - startedAt,
  };
}

function send(url: URL, headers: Post['headers'], body: Uint8Array, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: false,
      setHost: false,
      headers: Object.fromEntries(headers.map(([name, value]) => [name, utf8Bytes(value)])),
      signal,
    });
    request.removeHeader('Connection');
    request.once('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}

/** Go puts the UTF-8 bytes of a header value on the wire; Node takes one character per byte. */
function utf8Bytes(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1');
}

function decode(response: IncomingMessage, bytes: Buffer): string {
  return (
    response.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes, { maxOutputLength: MAX_BODY_BYTES }) : bytes
  ).toString();
}

function flatten(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]));
}

/** A refused `localhost` is an AggregateError whose message is empty: its code says it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}

export interface PostEventOptions {
  /** `http:` or `https:` URL of the function. */
  readonly sink: string;
  /** CloudEvents content mode; structured by default. */
  readonly mode?: 'structured' | 'binary';
  /** Further request headers, such as `traceparent`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly requestTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Sends an event by hand: once, as the cloudevents package encodes it. A transport error is a result, no rejection. */
export function postEvent(event: CloudEvent<unknown>, options: PostEventOptions): Promise<PostResult> {
  const { mode = 'structured', headers = {}, requestTimeoutMs, signal } = options;
  const url = URL.parse(options.sink);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new TypeError(`postEvent: sink: expected an http:// or https:// URL, got ${JSON.stringify(options.sink)}`);
  const message = HTTP[mode](event);
  const body = encodeData(message.body) ?? new Uint8Array();
  const lines = Object.entries({
    host: url.host,
    'content-length': String(body.byteLength),
    ...message.headers,
    ...headers,
  }).map(([name, value]) => [name, String(value)] as const);
  return post({ url, headers: lines, body, timeoutMs: requestTimeoutMs, signal });
}
