import { CloudEvent, type CloudEventV1 } from 'cloudevents';
import { expect, it } from 'vitest';
import { toBinaryMessage, toStructuredMessage, toWireEvent, type WireMessage } from './wire-event.ts';

const EVENT = { specversion: '1.0', id: 'i', source: '/s', type: 't' };

function textOf({ body }: WireMessage): string {
  return Buffer.from(body).toString();
}

it.each<[string, Partial<CloudEventV1<unknown>>, string]>([
  ['a string as it is', { data: ' {"a": 1}' }, ' {"a": 1}'],
  ['bytes as they are', { data: Buffer.from('raw') }, 'raw'],
  ['data_base64 decoded', { data_base64: 'cmF3' }, 'raw'],
  ['an object as JSON', { data: { a: [1] } }, '{"a":[1]}'],
  ['false as JSON', { data: false }, 'false'],
  ['null as nothing', { data: null }, ''],
  ['no data as nothing', {}, ''],
])('the body of binary mode holds %s', (_, data, expected) => {
  expect(textOf(toBinaryMessage(toWireEvent({ ...EVENT, ...data })))).toBe(expected);
});

it('binary mode has one ce- header for each attribute that is set, and the content type', () => {
  const event = new CloudEvent({
    ...EVENT,
    time: '2026-11-22T05:40:00Z',
    tries: 3,
    datacontenttype: 'text/json',
    data: {},
  });
  expect(toBinaryMessage(toWireEvent(event)).headers).toEqual({
    'ce-specversion': '1.0',
    'ce-id': 'i',
    'ce-source': '/s',
    'ce-type': 't',
    'ce-time': event.time,
    'ce-tries': '3',
    'content-type': 'text/json',
  });
});

it('structured mode keeps every digit of JSON data, between the context and the sorted extensions', () => {
  const event = { ...EVENT, zone: 'z', area: 'a', subject: 'full-order', data: '{"id": 12345678901234567890}' };
  expect(textOf(toStructuredMessage(toWireEvent(event)))).toBe(
    '{"specversion":"1.0","id":"i","source":"/s","type":"t","subject":"full-order",' +
      '"data":{"id": 12345678901234567890},"area":"a","zone":"z"}',
  );
});

it('structured mode holds text data as a JSON string', () => {
  const event = { ...EVENT, datacontenttype: 'text/plain', data: 'a "b"' };
  expect(JSON.parse(textOf(toStructuredMessage(toWireEvent(event))))).toEqual(event);
});
