import { CloudEvent, HTTP, type Message } from 'cloudevents';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { percentEncode, post, refusalOf } from '../../../test/support/event-request.ts';
import { readTrigger } from './read.ts';
import { toAscii } from './run-key.ts';
import type { RawRequest } from './http-request.ts';
import { headerOf, recordedByPingSource, recordedScenario } from '../../../test/support/recorded.ts';
import type { RecordedRequest } from '../../../test/support/recording-sink.ts';

const NOW = new Date('2026-11-22T06:00:00Z');
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: 'binary', minLength: 1, maxLength }).filter((value) => !/[\p{Cc}\p{Cs}\ufffe\uffff]/u.test(value));
const scalars = { subject: fc.constant('increment-order'), dataschema: fc.webUrl() };
const extensions = fc.dictionary(fc.stringMatching(/^x[a-z0-9]{0,18}$/), text(40), { maxKeys: 3 });
const anyEvent = fc.record(
  {
    id: text(60),
    source: fc.constantFrom('/apis/v1/namespaces/bi/pingsources/full-order', 'https://example.com/button', 'urn:a:b'),
    type: fc.constantFrom('dev.knative.sources.ping', 'bi.cron.backfill.requested', 'bi.cron.run.requested', 'x.y'),
    time: fc
      .date({ min: new Date('2000-01-01'), max: new Date(NOW.getTime() + 900_000), noInvalidDate: true })
      .map((at) => at.toISOString()),
    ...scalars,
    slotunit: fc.constantFrom('minute', 'second'),
    runkey: fc.stringMatching(/^[\x21-\x7e]{1,60}$/),
    extensions,
    data: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 }),
  },
  { requiredKeys: ['id', 'source', 'type', 'time', 'extensions'], noNullPrototype: true },
);

it('an event of the cloudevents SDK gives the same trigger in both modes', () => {
  fc.assert(
    fc.property(anyEvent, ({ extensions, ...fields }) => {
      const event = new CloudEvent({ ...extensions, ...fields });
      const [binary, structured] = [HTTP.binary(event), HTTP.structured(event)].map(toRequest);
      const trigger = read(binary as RawRequest);
      expect(read(structured as RawRequest)).toEqual(trigger);
      expect(trigger).toMatchObject({
        eventId: fields.id,
        eventSource: fields.source,
        eventType: fields.type,
        traceparent: TRACE,
        data: fields.data && (JSON.parse(JSON.stringify(fields.data)) as unknown),
      });
      expect(trigger.runKey).toMatch(/^[\x21-\x7e]+$/);
    }),
    { numRuns: 300 },
  );
});

it('different ids stay different in ASCII', () => {
  fc.assert(
    fc.property(text(20), (id) => {
      expect(decodeURIComponent(toAscii(id))).toBe(id);
    }),
  );
});

it('a request of arbitrary bytes is refused as an event, whatever it holds', () => {
  const header = fc.constantFrom('application/json', 'application/cloudevents+json', 'text/plain; charset=x', '');
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 60 }), (contentType, body) => {
      expect(refusalOf(() => read(post({ 'content-type': contentType }, body))).ending).toBe('rejected: event');
    }),
  );
});

const PING_TICKS = ['2026-11-22T05:40:00Z', '2026-11-22T05:40:00Z', '2026-11-22T05:40:00Z', '2026-11-22T05:41:00Z'];

it.each([...PING_TICKS, '2026-11-22T05:41:00Z'].map((slot, n) => [n, slot] as const))(
  'recorded request %i of a PingSource is the tick of %s',
  (n, slot) => {
    const request = toRaw(recordedByPingSource[n]);
    const trigger = readTrigger(request, 'goods-onsale', NOW);
    expect(trigger).toEqual({
      kind: 'scheduled',
      slot: new Date(slot),
      eventId: headerOf(recordedByPingSource[n], 'Ce-Id'),
      eventSource: headerOf(recordedByPingSource[n], 'Ce-Source'),
      eventType: 'dev.knative.sources.ping',
      runKey: `goods-onsale@${slot}`,
      traceparent: expect.stringMatching(/^00-/) as string,
      viaBroker: false,
      data: n < 3 ? undefined : { shop_ids: ['100001'] },
    });
  },
);

it('all recorded requests of the PingSource are read', () => {
  expect(recordedByPingSource).toHaveLength(5);
});

it.each([
  'Trigger delivery, function answers 503 each time (retry 2, linear PT0.5S)',
  'Trigger delivery, function answers 422',
])('recorded from a Broker, "%s" is a tick that came by Broker', (scenario) => {
  for (const request of recordedScenario(scenario)) {
    expect(readTrigger(toRaw(request), 'increment-order', NOW)).toMatchObject({
      kind: 'scheduled',
      runKey: 'increment-order@2026-11-22T06:10:00Z',
      viaBroker: true,
      data: { shop_ids: ['100001'] },
    });
  }
});

it('a recorded dead letter that is sent again is the tick that it was', () => {
  const [letter] = recordedScenario('dead letter of the 422 above');
  expect(readTrigger(toRaw(letter), 'increment-order', NOW)).toMatchObject({
    kind: 'scheduled',
    runKey: 'increment-order@2026-11-22T06:10:00Z',
    viaBroker: false,
  });
});

it('a recorded event in structured mode without a time is a manual one of now', () => {
  const [event] = recordedScenario('Trigger with delivery.format: json (structured mode)');
  const atRoot = { ...toRaw(event), url: '/' }; // the recording sink took its answer from the path
  expect(readTrigger(atRoot, 'increment-order', NOW)).toMatchObject({
    kind: 'manual',
    slot: NOW,
    runKey: 'increment-order@manual:fmt-2',
    viaBroker: true,
    data: { shop_ids: ['100001'] },
  });
});

it('a recorded result event that a Broker feeds back is refused', () => {
  const [result] = recordedScenario(
    'the result CloudEvent of another function, re-delivered by the Broker to a second Trigger',
  );
  expect(refusalOf(() => readTrigger(toRaw(result), 'increment-order', NOW)).field).toBe('ce-type');
});

const read = (request: RawRequest) => readTrigger(request, 'increment-order', NOW);

/** The SDK (10.0) leaves the percent-encoding of header values to its user. */
function toRequest({ headers, body }: Message): RawRequest {
  const encoded = Object.entries(headers).map(([name, value]) => [
    name,
    name.startsWith('ce-') ? percentEncode(String(value)) : String(value),
  ]);
  return post({ ...Object.fromEntries(encoded), traceparent: TRACE }, (body ?? '') as string); // JSON text for both modes
}

function toRaw(request: RecordedRequest | undefined): RawRequest {
  const { method = '', url = '', rawHeaders = [], body = '' } = request ?? {};
  return { method, url, rawHeaders, body: Buffer.from(body) };
}
