import type { CloudEventV1 } from 'cloudevents';
import { parseSink, post, type PostResult } from '../post.ts';
import {
  isRetriedByBroker,
  isSuccess,
  sendWithRetries,
  sleepForReal,
  type SenderContext,
  type Delivery,
} from './delivery.ts';
import { readDeliverySpec, type DeliverySpec } from './delivery-spec.ts';
import { goTimestamp, knativeHeaders } from './go-http.ts';
import { toTriggerResult, type DispatchError, type TriggerResult } from './trigger-result.ts';
import { toBinaryMessage, toStructuredMessage, toWireEvent, withAttributes, type WireEvent } from './wire-event.ts';

export interface BrokerOptions extends SenderContext {
  readonly namespace?: string;
  /** `http:` URL of the Trigger's subscriber; a dead letter names it as written here. */
  readonly sink: string;
  /** Without one, an event given up is lost. */
  readonly deadLetterSink?: string;
  /** `spec.delivery`; unset means what a Broker inherits: 10 retries, exponential, PT0.2S. */
  readonly delivery?: DeliverySpec;
}

export interface Broker {
  /**
   * Takes an event in and delivers it to the one Trigger. `headers` are those of the producer's request. A reply of the
   * subscriber is handed back and not delivered again: give it to the Broker of the next Trigger.
   */
  readonly deliver: (event: CloudEventV1<unknown>, headers?: Readonly<Record<string, string>>) => Promise<Delivery>;
}

/**
 * A channel-based Broker with one Trigger, as knative eventing's ingress, filter and in-memory dispatcher deliver:
 * other retry set than PingSource, `Prefer: reply`, the reply rule, dead letters. An event that would go to the dead
 * letter sink with an error body of more than 768 bytes ends as `dispatcher-crash`.
 */
export function createBroker(options: BrokerOptions): Broker {
  const { namespace = 'default', signal } = options;
  const { sleep = sleepForReal, now = () => new Date(), random = Math.random } = options;
  const { waitsMs, timeoutMs, isStructured } = readDeliverySpec(options.delivery);
  const sink = parseSink('Broker', options.sink);
  const deadLetterSink = options.deadLetterSink && parseSink('Broker: dead letter', options.deadLetterSink);

  const send = (url: URL, event: WireEvent, headers: Record<string, string>): Promise<PostResult> => {
    const message = isStructured ? toStructuredMessage(event) : toBinaryMessage(event);
    const lines = knativeHeaders({
      sink: url,
      namespace,
      headers: { ...headers, ...message.headers },
      contentLength: message.body.byteLength,
    });
    return post({ url, headers: lines, body: message.body, timeoutMs, signal });
  };

  const deliver: Broker['deliver'] = async (event, producerHeaders = {}) => {
    const arrived = withAttributes(toWireEvent(event), { knativearrivaltime: goTimestamp(now(), random) });
    const passed = passThrough(producerHeaders);
    const attempts = await sendWithRetries(
      () => send(sink, arrived, { ...passed, prefer: 'reply' }),
      { waitsMs, isRetryable: (attempt) => isRetryable(toTriggerResult(attempt)) },
      sleep,
      signal,
    );
    const eventId = event.id;
    const last = attempts.at(-1);
    if (last === undefined) return { eventId, attempts, ending: 'lost' };
    const result = toTriggerResult(last);
    if (result.kind === 'acknowledged')
      return { eventId, attempts, ending: 'acknowledged', ...(result.reply && { reply: result.reply }) };
    if (!deadLetterSink || signal?.aborted) return { eventId, attempts, ending: 'lost' };
    if (crashesDispatcher(result.error)) return { eventId, attempts, ending: 'dispatcher-crash' };
    const deadLetter = toDeadLetter(arrived, options.sink, result.error);
    const deadLetterAttempts = await sendWithRetries(
      () => send(deadLetterSink, deadLetter, passed),
      { waitsMs, isRetryable: ({ status }) => isRetriedByBroker(status) },
      sleep,
      signal,
    );
    const final = deadLetterAttempts.at(-1);
    const ending = final !== undefined && isSuccess(final) ? 'dead-letter' : 'lost';
    return { eventId, attempts, ending, deadLetterAttempts };
  };
  return { deliver };
}

function isRetryable(result: TriggerResult): boolean {
  return result.kind === 'failed' && result.isRetryable;
}

/** knative eventing utils.PassThroughHeaders, and the trace context: everything else, `authorization` first, is dropped. */
function passThrough(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) =>
      /^(traceparent|tracestate|x-request-id|knative-.*|k-eventing-.*)$/i.test(name),
    ),
  );
}

/** knative eventing KnativeErrorDataExtensionMaxLength is 1024 characters of base64, overrun by the 769th byte. */
const MAX_DATA_BYTES = 768;

/**
 * Whether making the dead letter kills Knative's in-memory dispatcher: `base64: index out of range` in
 * `dispatchExecutionInfoTransformers`, and every event in flight is gone with it.
 */
function crashesDispatcher(error: DispatchError | undefined): boolean {
  return error !== undefined && Buffer.byteLength(error.data) > MAX_DATA_BYTES;
}

/**
 * The event as the dead letter sink gets it: with the Broker's own hop count, which a subscriber does not see, and with
 * what is known of the error. `dest` is the subscriber's URL as the Trigger has it.
 */
function toDeadLetter(event: WireEvent, dest: string, error: DispatchError | undefined): WireEvent {
  return withAttributes(event, {
    knativebrokerttl: '255',
    ...(error && {
      knativeerrorcode: String(error.code),
      knativeerrordata: Buffer.from(error.data).toString('base64'),
      knativeerrordest: dest,
    }),
  });
}
