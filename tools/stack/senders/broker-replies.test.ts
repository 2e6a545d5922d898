import { describe, expect, it } from 'vitest';
import { deliver, RESULT, structured, structuredText } from '../../../test/support/broker-env.ts';
import type { SinkAnswer } from '../../../test/support/recording-sink.ts';

describe('the reply rule', () => {
  it.each([200, 202, 204])('takes an empty %i for an acknowledgement', async (status) => {
    const { delivery, requests } = await deliver(() => ({ status, headers: { 'content-type': 'text/plain' } }));
    expect(requests).toHaveLength(1);
    expect(delivery.ending).toBe('acknowledged');
    expect(delivery.reply).toBeUndefined();
  });

  it('hands a structured reply back, with nothing filled in', async () => {
    const { delivery, requests } = await deliver(() => structured(RESULT));
    expect(requests).toHaveLength(1);
    expect(delivery).toMatchObject({ ending: 'acknowledged', reply: RESULT });
    expect(delivery.reply).not.toHaveProperty('time');
  });

  it('hands a binary reply back', async () => {
    const { delivery } = await deliver(() => ({
      status: 200,
      headers: {
        'ce-specversion': '1.0',
        'ce-id': 'r',
        'ce-source': '/s',
        'ce-type': 't',
        'content-type': 'text/json',
      },
      body: '{"rows":3}',
    }));
    const expected = { specversion: '1.0', id: 'r', source: '/s', type: 't', datacontenttype: 'text/json' };
    expect(delivery.reply).toEqual({ ...expected, data: { rows: 3 } });
  });

  const notEvents: [string, SinkAnswer][] = [
    ['plain JSON', { status: 200, headers: { 'content-type': 'application/json' }, body: '{"ok":true}' }],
    ['one byte', { status: 202, body: ' ' }],
    ['a structured event that does not parse', structuredText('{')],
    ['an empty structured event', structuredText('')],
    ['a structured event that is no object', structuredText('"{}"')],
    ['a structured event without an id', structured({ ...RESULT, id: undefined })],
    ['a structured event of specversion 0.3', structured({ ...RESULT, specversion: '0.3' })],
    [
      'a binary event without a type',
      { status: 200, headers: { 'ce-specversion': '1.0', 'ce-id': 'r', 'ce-source': '/s' } },
    ],
    ['a batch', { status: 200, headers: { 'content-type': 'application/cloudevents-batch+json' }, body: '[]' }],
    ['a body that breaks off', 'cut'],
  ];
  it.each(notEvents)('sends again after a 2xx with %s, and its dead letter says nothing', async (_, answer) => {
    const { delivery, requests, deadLetters } = await deliver(() => answer);
    expect(requests).toHaveLength(3);
    expect(delivery.ending).toBe('dead-letter');
    expect(deadLetters).toHaveLength(1);
    expect(deadLetters[0]?.rawHeaders.filter((name) => name.startsWith('Ce-Knativeerror'))).toEqual([]);
  });

  it('takes a CloudEvent on a 422 for error data only', async () => {
    const { delivery, requests } = await deliver(() => ({ ...structured(RESULT), status: 422 }));
    expect(requests).toHaveLength(1);
    expect(delivery.ending).toBe('dead-letter');
    expect(delivery.reply).toBeUndefined();
  });
});
