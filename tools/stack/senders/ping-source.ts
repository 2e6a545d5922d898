import { randomUUID } from 'node:crypto';
import { parseSink, post } from '../post.ts';
import {
  isRetriedByPingSource,
  isSuccess,
  pause,
  sendWithRetries,
  sleepForReal,
  type SenderContext,
  type Delivery,
} from './delivery.ts';
import { goTimestamp, knativeHeaders } from './go-http.ts';
import { toBinaryMessage, toWireEvent } from './wire-event.ts';

/** What a PingSource's manifest says, but for its schedule. */
export interface PingSourceOptions extends SenderContext {
  readonly name: string;
  readonly namespace?: string;
  /** `http:` URL of the function. */
  readonly sink: string;
  /** `spec.data`: goes out as written. The adapter re-encodes JSON (keys sorted, no white space), to equal values. */
  readonly data?: string;
  /** `spec.contentType`: sent with `data` only. */
  readonly contentType?: string;
  /** `spec.ceOverrides.extensions` */
  readonly extensions?: Readonly<Record<string, string>>;
  /** The cluster's `K_SINK_TIMEOUT` for one attempt; unset means none, as on a cluster. */
  readonly requestTimeoutMs?: number;
}

export interface PingSource {
  /** Fires once. `at` is the instant of firing when time is simulated: `ce-time` is counted from it, not from `now`. */
  readonly tick: (at?: Date) => Promise<Delivery>;
}

/** cloudevents/sdk-go RetriesExponentialBackoff(50ms, 5), as knative eventing's `mtping` runner sets it: 50 ms * 2^n. */
const WAITS_MS = [100, 200, 400, 800, 1600];
const MAX_JITTER_MS = 500;
const ATTRIBUTES = new Set(
  'id source specversion type datacontenttype dataschema subject time data data_base64'.split(' '),
);

/**
 * A sender that a function cannot tell from Knative's PingSource adapter (knative eventing `pkg/adapter/mtping`): same
 * header lines, jitter, retry set and waits. A delivery ends `acknowledged` on 2xx, whatever its body, or `lost`.
 * Throws a TypeError on what the admission webhook would refuse.
 */
export function createPingSource(options: PingSourceOptions): PingSource {
  const {
    name,
    namespace = 'default',
    data = '',
    contentType = '',
    extensions = {},
    requestTimeoutMs,
    signal,
  } = options;
  const { sleep = sleepForReal, now = () => new Date(), random = Math.random } = options;
  const owner = `PingSource ${name}`;
  const sink = parseSink(owner, options.sink);
  checkData(owner, data, contentType);
  checkExtensions(owner, extensions);

  const tick = async (at?: Date): Promise<Delivery> => {
    const id = randomUUID();
    const jitterMs = Math.floor(random() * MAX_JITTER_MS);
    await pause(jitterMs, sleep, signal);
    const sentAt = at === undefined ? now() : new Date(at.getTime() + jitterMs);
    const event = {
      ...extensions,
      specversion: '1.0',
      id,
      source: `/apis/v1/namespaces/${namespace}/pingsources/${name}`,
      type: 'dev.knative.sources.ping',
      time: goTimestamp(sentAt, random),
      ...(data !== '' && { data }),
      ...(data !== '' && contentType !== '' && { datacontenttype: contentType }),
    };
    const { headers, body } = toBinaryMessage(toWireEvent(event));
    const lines = knativeHeaders({ sink, namespace, headers, contentLength: body.byteLength });
    const attempts = await sendWithRetries(
      () => post({ url: sink, headers: lines, body, timeoutMs: requestTimeoutMs, signal }),
      { waitsMs: WAITS_MS, isRetryable: ({ status }) => isRetriedByPingSource(status) },
      sleep,
      signal,
    );
    const last = attempts.at(-1);
    return { eventId: id, attempts, ending: last !== undefined && isSuccess(last) ? 'acknowledged' : 'lost' };
  };
  return { tick };
}

function checkData(owner: string, data: string, contentType: string): void {
  if (contentType !== 'application/json' || data === '') return;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (cause) {
    throw new TypeError(`${owner}: data: expected JSON, as contentType says`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${owner}: data: expected a JSON object, got another JSON value`);
}

function checkExtensions(owner: string, extensions: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(extensions)) {
    if (!/^[a-z0-9]+$/.test(name) || ATTRIBUTES.has(name))
      throw new TypeError(
        `${owner}: extensions: expected lower-case letters and digits, and no CloudEvents attribute, got ${JSON.stringify(name)}`,
      );
  }
}
