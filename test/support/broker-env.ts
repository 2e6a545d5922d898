import type { CloudEventV1 } from 'cloudevents';
import { createBroker, type BrokerOptions } from '../../tools/stack/senders/broker.ts';
import type { Delivery } from '../../tools/stack/senders/delivery.ts';
import {
  startSink,
  type SinkAnswer,
  type HttpSinkAnswer,
  type RecordedRequest,
  type RecordingSink,
} from './recording-sink.ts';

/** The `delivery` under which the fixtures were recorded. */
export const THREE_ATTEMPTS = { retry: 2, backoffPolicy: 'linear', backoffDelay: 'PT0.5S' } as const;

/** The event of the fixtures. */
export const EVENT = {
  specversion: '1.0',
  id: '1083c088-955c-4be2-a5c2-57e2cafcbfed',
  source: '/apis/v1/namespaces/default/pingsources/increment-order',
  type: 'dev.knative.sources.ping',
  time: '2026-11-22T06:10:40.495708671Z',
  task: 'viabroker',
  datacontenttype: 'application/json',
  data: { shop_ids: ['100001'] },
} satisfies CloudEventV1<unknown>;

/** The result event of a function. */
export const RESULT = {
  specversion: '1.0',
  id: 'run-1083c088-955c-4be2-a5c2-57e2cafcbfed',
  source: '/bi/cron/structured',
  type: 'bi.cron.run.done',
  subject: 'incrementorder',
  datacontenttype: 'application/json',
  data: { ok: true, shop_ids: ['100001'] },
};

export interface BrokerCase {
  readonly options?: Partial<BrokerOptions>;
  readonly event?: CloudEventV1<unknown>;
  readonly headers?: Record<string, string>;
  readonly deadLetter?: (n: number) => SinkAnswer;
}

export interface Delivered {
  readonly delivery: Delivery;
  readonly sink: RecordingSink;
  readonly requests: readonly RecordedRequest[];
  readonly deadLetters: readonly RecordedRequest[];
  readonly waitsMs: readonly number[];
}

/** For tests: one delivery of a Broker that never really waits, to a real subscriber and, unless told otherwise, a dead letter sink. */
export async function deliver(
  answer: (n: number) => SinkAnswer,
  { options, event = EVENT, headers, deadLetter }: BrokerCase = {},
): Promise<Delivered> {
  const sink = await startSink(answer);
  const deadLetterSink = await startSink(deadLetter ?? (() => ({ status: 204 })));
  const waitsMs: number[] = [];
  const broker = createBroker({
    sink: sink.url,
    deadLetterSink: deadLetterSink.url,
    delivery: THREE_ATTEMPTS,
    sleep: async (ms) => void waitsMs.push(ms),
    ...arrivalAt('2026-11-22T06:10:40.49956844Z'),
    ...options,
  });
  const delivery = await broker.deliver(event, headers);
  return { delivery, sink, requests: sink.requests, deadLetters: deadLetterSink.requests, waitsMs };
}

/** The clock and the chance that make exactly this `knativearrivaltime`. */
export function arrivalAt(time: string): Pick<BrokerOptions, 'now' | 'random'> {
  const belowMillis = Number(time.slice(23, -1).padEnd(6, '0'));
  return { now: () => new Date(time), random: () => (belowMillis + 0.5) / 1_000_000 };
}

/** A 200 with this event in structured mode. */
export function structured(event: object): HttpSinkAnswer {
  return structuredText(JSON.stringify(event));
}

/** A 200 that says of its body that it is an event in structured mode. */
export function structuredText(body: string): HttpSinkAnswer {
  return { status: 200, headers: { 'content-type': 'application/cloudevents+json' }, body };
}
