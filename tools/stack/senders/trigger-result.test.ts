import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PostResult } from '../post.ts';
import { readReply } from './trigger-result.ts';
import { toBinaryMessage, toStructuredMessage, toWireEvent, type WireMessage } from './wire-event.ts';

/** A 2xx that answers with the message. */
function answerOf({ headers, body }: WireMessage): PostResult {
  return { status: 200, headers, body: Buffer.from(body).toString(), durationMs: 1 };
}

const attributeValue = fc.stringMatching(/^[a-z0-9/.:-]{1,20}$/);
const extensions = fc.dictionary(fc.stringMatching(/^ext[a-z0-9]{1,8}$/), attributeValue, { maxKeys: 3 });
const events = fc.record({
  id: attributeValue,
  source: attributeValue,
  type: attributeValue,
  datacontenttype: fc.constantFrom('application/json', 'application/json; charset=utf-8', 'text/json'),
  data: fc.jsonValue().filter((value) => value !== null),
  extensions,
});

it.each([
  ['structured', toStructuredMessage],
  ['binary', toBinaryMessage],
])('a reply in %s mode goes on as the very same event, whatever JSON it holds', (_, write) => {
  fc.assert(
    fc.property(events, ({ extensions, data, ...attributes }) => {
      const sent = toWireEvent({ specversion: '1.0', ...extensions, ...attributes, data: JSON.stringify(data) });
      const reply = readReply(answerOf(write(sent)));
      expect(reply.kind).toBe('event');
      const received = reply.kind === 'event' ? toWireEvent(reply.event) : undefined;
      expect(received?.attributes).toEqual(sent.attributes);
      expect(JSON.parse(Buffer.from(received?.data ?? []).toString())).toEqual(JSON.parse(JSON.stringify(data)));
    }),
  );
});

it('a body that breaks off is no reply, even where it looks whole or empty', () => {
  const message = toStructuredMessage(toWireEvent({ specversion: '1.0', id: 'i', source: '/s', type: 't' }));
  const whole = answerOf(message);
  const empty: PostResult = { status: 204, headers: {}, body: '', durationMs: 1 };
  expect([whole, empty].map((attempt) => readReply(attempt).kind)).toEqual(['event', 'empty']);
  const brokenOff = [whole, empty].map((attempt) => readReply({ ...attempt, error: 'aborted' }).kind);
  expect(brokenOff).toEqual(['not-an-event', 'not-an-event']);
});
