import { expect, it } from 'vitest';
import { prefersReply, readContentType, readHeaders, readTraceparent } from './headers.ts';
import { refusalOf } from '../../../test/support/event-request.ts';

it('names are in lower case, values as they came', () => {
  expect(readHeaders(['Ce-Id', 'AbC', 'HOST', 'H'])).toEqual(
    new Map([
      ['ce-id', 'AbC'],
      ['host', 'H'],
    ]),
  );
});

it.each(['Ce-Id', 'CE-SOURCE', 'ce-runkey', 'ce-rerunof', 'Content-Type'])('a second %s is refused', (name) => {
  const field = name.toLowerCase();
  expect(refusalOf(() => readHeaders([name, 'a', 'Host', 'h', field, 'a']))).toEqual({
    ending: 'rejected: event',
    field,
    message: `${field}: expected one header of this name, got several`,
  });
});

it.each(['Forwarded', 'ce-baggage', 'Ce-Subject'])('of a repeated %s, which nobody reads, the last counts', (name) => {
  expect(readHeaders([name, 'a', name.toLowerCase(), 'b']).get(name.toLowerCase())).toBe('b');
});

it.each([
  [['reply'], true],
  [['Reply'], true],
  [['reply, wait=1'], true],
  [['wait=1,REPLY'], true],
  [['reply; foo="a,b"'], true],
  [['reply=""'], true],
  [['wait=1', 'reply'], true],
  [['return=minimal'], false],
  [['no-reply'], false],
  [['replying'], false],
  [['foo="a, reply"'], false],
  [['foo=reply'], false],
  [[''], false],
  [[], false],
])('prefer %j prefers a reply: %s', (values, expected) => {
  expect(prefersReply(readHeaders(values.flatMap((value) => ['Prefer', value])))).toBe(expected);
});

it.each([
  [undefined, '', undefined],
  ['application/json', 'application/json', undefined],
  ['Application/JSON;charset=UTF-8', 'application/json', 'utf-8'],
  ['application/json ; boundary=x ; Charset="utf-8"', 'application/json', 'utf-8'],
  ['application/json;', 'application/json', undefined],
  ['application/json; charset=', 'application/json', ''],
])('the content type %j is %j with charset %j', (value, mediaType, charset) => {
  expect(readContentType(value)).toEqual({ mediaType, charset });
});

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

it.each(['00', '01', 'ff'])('a well-formed traceparent with flags %s is passed on', (flags) => {
  expect(readTraceparent(`00-${TRACE}-${SPAN}-${flags}`)).toBe(`00-${TRACE}-${SPAN}-${flags}`);
});

it.each([
  undefined,
  '',
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `01-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-01-more`,
  ` 00-${TRACE}-${SPAN}-01`,
])('in place of %j a new one is made, unsampled', (given) => {
  const made = readTraceparent(given);
  expect(made).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(readTraceparent(made)).toBe(made);
  expect(readTraceparent(given)).not.toBe(made);
});
