import { HTTP } from 'cloudevents';
import type { PostResult } from '../stack/post.ts';
import { postEvent } from '../stack/post.ts';
import { UsageError } from '../cli/exit-code.ts';
import type { Sender } from './sender.ts';

export interface HttpSenderOptions {
  /** `http:` or `https:` URL of the function. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** The host that a gateway routes by, where the URL leads to the gateway. */
  readonly host?: string;
  readonly timeoutMs: number;
}

/** A function behind a URL, sent to in structured mode. Throws UsageError when the URL is none. */
export function openHttp({ url, token, host, timeoutMs }: HttpSenderOptions): Sender {
  const { protocol } = URL.parse(url) ?? {};
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new UsageError(`--url: expected an http:// or https:// URL, got ${JSON.stringify(url)}`);
  const headers = {
    ...(host === undefined ? {} : { host }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return {
    destination: host === undefined ? url : `${host} through ${url}`,
    send: (event, signal) => {
      if (protocol === 'http:')
        return postEvent(event, { sink: url, mode: 'structured', headers, requestTimeoutMs: timeoutMs, signal });
      return postSecurely(
        url,
        HTTP.structured(event),
        headers,
        AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      );
    },
    close: () => Promise.resolve(),
  };
}

type Message = ReturnType<typeof HTTP.structured>;

async function postSecurely(
  url: string,
  message: Message,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<PostResult> {
  const startedAt = performance.now();
  const base = { headers: {}, body: '' };
  const done = (rest: Partial<PostResult>): PostResult => ({
    ...base,
    status: undefined,
    ...rest,
    durationMs: performance.now() - startedAt,
  });
  try {
    const given = Object.entries(message.headers).map(([name, value]) => [name, String(value)]);
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...Object.fromEntries(given), ...headers },
      body: String(message.body),
      redirect: 'manual', // a redirected POST would become a GET
      signal,
    });
    return done({
      status: response.status,
      body: await response.text(),
      headers: Object.fromEntries(response.headers),
    });
  } catch (error) {
    const { message: text, cause } = error as Error; // fetch throws nothing else
    return done({ error: cause instanceof Error && cause.message !== '' ? cause.message : text });
  }
}
