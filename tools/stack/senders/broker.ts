import type { CloudEventV1 } from 'cloudevents';
import { parseSink, post, type Attempt } from './attempt.ts';
import { crashesDispatcher, toDeadLetter } from './dead-letter.ts';
import { isSuccess, sendWithRetries, sleepForReal, type SenderContext, type Delivery } from './delivery.ts';
import { readDeliverySpec, type DeliverySpec } from './delivery-spec.ts';
import { goTimestamp } from './go-timestamp.ts';
import { knativeHeaders } from './knative-headers.ts';
import { isRetriedStatus, judgeAttempt, type TriggerVerdict } from './trigger-verdict.ts';
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

  const send = (url: URL, event: WireEvent, headers: Record<string, string>): Promise<Attempt> => {
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
      { waitsMs, isRetryable: (attempt) => isRetryable(judgeAttempt(attempt)) },
      sleep,
      signal,
    );
    const eventId = event.id;
    const last = attempts.at(-1);
    if (last === undefined) return { eventId, attempts, ending: 'lost' };
    const verdict = judgeAttempt(last);
    if (verdict.kind === 'acknowledged')
      return { eventId, attempts, ending: 'acknowledged', ...(verdict.reply && { reply: verdict.reply }) };
    if (!deadLetterSink || signal?.aborted) return { eventId, attempts, ending: 'lost' };
    if (crashesDispatcher(verdict.error)) return { eventId, attempts, ending: 'dispatcher-crash' };
    const deadLetter = toDeadLetter(arrived, options.sink, verdict.error);
    const deadLetterAttempts = await sendWithRetries(
      () => send(deadLetterSink, deadLetter, passed),
      { waitsMs, isRetryable: ({ status }) => status === undefined || isRetriedStatus(status) },
      sleep,
      signal,
    );
    const final = deadLetterAttempts.at(-1);
    const ending = final !== undefined && isSuccess(final) ? 'dead-letter' : 'lost';
    return { eventId, attempts, ending, deadLetterAttempts };
  };
  return { deliver };
}

function isRetryable(verdict: TriggerVerdict): boolean {
  return verdict.kind === 'failed' && verdict.isRetryable;
}

/** knative eventing utils.PassThroughHeaders, and the trace context: everything else, `authorization` first, is dropped. */
function passThrough(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) =>
      /^(traceparent|tracestate|x-request-id|knative-.*|k-eventing-.*)$/i.test(name),
    ),
  );
}
