import { HTTP, type CloudEvent } from 'cloudevents';
import { parseSink, post, type Attempt } from './attempt.ts';
import { encodeData } from './wire-event.ts';

export interface PostEventOptions {
  /** `http:` URL of the function. */
  readonly sink: string;
  /** CloudEvents content mode; structured by default. */
  readonly mode?: 'structured' | 'binary';
  /** Further request headers, such as `traceparent`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly requestTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Sends an event by hand: once, as the cloudevents package encodes it. A transport error is an attempt, no rejection. */
export function postEvent(event: CloudEvent<unknown>, options: PostEventOptions): Promise<Attempt> {
  const { mode = 'structured', headers = {}, requestTimeoutMs, signal } = options;
  const url = parseSink('postEvent', options.sink);
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
