import type { CloudEvent } from 'cloudevents';
import { postEvent, type PostResult } from '../stack/post.ts';
import { forwardTo, type ClusterOptions } from './kubectl.ts';

/** A way to a function: its URL, or this very process. */
export interface Sender {
  /** Where it leads, for messages. */
  readonly destination: string;
  /** Whose token it sends, for messages; undefined when it makes none. */
  readonly identity?: string | undefined;
  /** Sends the event once and waits for the answer; a broken transport is a result, no rejection. */
  send(event: CloudEvent<unknown>, signal: AbortSignal): Promise<PostResult>;
  close(): Promise<void>;
}

/** Where a function is: at `url`, else in a cluster. */
export interface SenderOptions extends ClusterOptions {
  /** `http:` or `https:` URL of the function. */
  readonly url: string | undefined;
  readonly timeoutMs: number;
}

/** Opens the way to a function: by URL, else through kubectl. Rejects with UnreachableError when kubectl finds none. */
export async function openSender(task: string, options: SenderOptions): Promise<Sender> {
  const { url, token, timeoutMs } = options;
  if (url !== undefined) return openHttpSender({ url, token, timeoutMs });
  const forward = await forwardTo(task, options);
  const sender = openHttpSender({
    url: forward.url,
    host: forward.host,
    token: token ?? forward.caller?.token,
    timeoutMs,
  });
  return {
    ...sender,
    identity: forward.caller?.identity,
    close: () => {
      forward.close();
      return sender.close();
    },
  };
}

interface HttpOptions {
  readonly url: string;
  readonly token: string | undefined;
  /** The host that a gateway routes by, where the URL leads to the gateway. */
  readonly host?: string;
  readonly timeoutMs: number;
}

/** A function behind a URL, sent to in structured mode. */
function openHttpSender({ url, token, host, timeoutMs }: HttpOptions): Sender {
  const headers = {
    ...(host === undefined ? {} : { host }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return {
    destination: host === undefined ? url : `${host} through ${url}`,
    send: (event, signal) => postEvent(event, { sink: url, headers, requestTimeoutMs: timeoutMs, signal }),
    close: () => Promise.resolve(),
  };
}
