import { describe, expect, it } from 'vitest';
import { readCloudEvent } from './cloud-event.ts';
import { readHeaders } from './headers.ts';
import { post, refusalOf, TICK } from '../../../test/support/event-request.ts';

const TYPE = 'application/cloudevents+json';
const read = (body: string | Uint8Array, type = TYPE) => {
  const request = post({ 'content-type': type }, body);
  return readCloudEvent(readHeaders(request.rawHeaders), request.body);
};
const messageOf = (body: string | Uint8Array, type = TYPE) => refusalOf(() => read(body, type)).message;
const event = (more: object): string => JSON.stringify({ ...TICK, ...more });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

it.each([
  `${TYPE}; charset=utf-8`,
  `${TYPE};charset=UTF-8`,
  `Application/CloudEvents+JSON; Charset="utf-8"`,
  ` ${TYPE} ; a=b; charset=utf8`,
  `${TYPE}; charset=us-ascii`,
])('the content type %j is structured mode', (type) => {
  expect(read(event({}), type).id).toBe(TICK['id']);
});

it.each([
  ['application/cloudevents-batch+json', 'one event as application/cloudevents+json'],
  ['application/cloudevents+xml; charset=utf-8', 'one event as application/cloudevents+json'],
  ['application/cloudevents', 'one event as application/cloudevents+json'],
])('the content type %s is refused', (type, expected) => {
  expect(messageOf(`[${event({})}]`, type)).toBe(`content-type: expected ${expected}, got "${type.split(';')[0]}"`);
});

it.each(['utf-16', 'iso-8859-1', 'gbk', ''])('charset %j is refused', (charset) => {
  expect(messageOf(event({}), `${TYPE}; charset=${charset}`)).toBe(
    `content-type: expected charset utf-8, got "${charset}"`,
  );
});

it.each([
  ['white space', ` \r\n\t${event({})} \n`],
  ['a byte order mark', `\uFEFF${event({})}`],
])('%s before the event does not matter', (_, body) => {
  expect(read(body).id).toBe(TICK['id']);
});

it.each<[string, string | Uint8Array, string]>([
  ['nothing', '', 'body: expected JSON, got other text'],
  ['half an event', '{"specversion": "1.0", "id', 'body: expected JSON, got other text'],
  ['other bytes', Buffer.from([0x7b, 0xff, 0x7d]), 'body: expected UTF-8 text, got other bytes'],
  ['a batch', `[${event({})}]`, 'body: expected one CloudEvent as a JSON object, got an array of 1'],
  ['an empty batch', '[]', 'body: expected one CloudEvent as a JSON object, got an array of 0'],
  ['null', 'null', 'body: expected one CloudEvent as a JSON object, got null'],
  ['text', '"event"', 'body: expected one CloudEvent as a JSON object, got "event"'],
])('%s as the body is refused', (_, body, message) => {
  expect(messageOf(body)).toBe(message);
});

it.each([
  ['source', '/a b', 'a URI reference (RFC 3986), got "/a b"'],
  ['id', 7, 'a non-empty string, got 7'],
  ['id', null, 'a non-empty string, got nothing'],
  ['id', 'a\ud800', String.raw`no control characters, got "a\ud800"`],
  ['source', ['/s'], 'a non-empty string, got an array of 1'],
  ['specversion', 1, '"1.0", got 1'],
  ['time', 1_795_325_999, 'a non-empty string, got 1795325999'],
  ['subject', 7, 'a non-empty string, got 7'],
  ['datacontenttype', true, 'a non-empty string, got true'],
  ['task', { name: 'x' }, 'a simple value, got an object'],
  ['task', [], 'a simple value, got an array of 0'],
  ['tries', 1.5, 'a whole number of 32 bits, got 1.5'],
  ['tries', 2_147_483_648, 'a whole number of 32 bits, got 2147483648'],
  ['tries', -2_147_483_649, 'a whole number of 32 bits, got -2147483649'],
  ['tries', 1e300, 'a whole number of 32 bits, got 1e+300'],
  ['slotUnit', 'second', 'an attribute name of a-z and 0-9, got "slotUnit"'],
  ['', 'x', 'an attribute name of a-z and 0-9, got ""'],
])('the member %j: %j is refused', (name, value, rest) => {
  expect(messageOf(event({ [name]: value }))).toBe(`ce-${name}: expected ${rest}`);
});

it('a member __proto__ is refused like any wrong name', () => {
  expect(messageOf(event({}).replace('{', '{"__proto__":{"id":"x"},'))).toBe(
    'ce-__proto__: expected an attribute name of a-z and 0-9, got "__proto__"',
  );
});

it('numbers and truth values of extensions become text, null is absent', () => {
  const { extensions } = read(event({ tries: 3, most: 2_147_483_647, least: -2_147_483_648, last: false, gone: null }));
  expect(extensions).toEqual(
    new Map([
      ['tries', '3'],
      ['most', '2147483647'],
      ['least', '-2147483648'],
      ['last', 'false'],
    ]),
  );
});

it('headers that repeat attributes are ignored', () => {
  const request = post({ 'content-type': TYPE, 'ce-id': 'other', 'ce-type': '' }, event({}));
  expect(readCloudEvent(readHeaders(request.rawHeaders), request.body).id).toBe(TICK['id']);
});

describe('data_base64', () => {
  it('holds JSON', () => {
    expect(read(event({ data_base64: base64('{"a":"ä"}') })).data).toEqual({ a: 'ä' });
  });

  it.each([base64(''), null])('%j is no data', (data) => {
    expect(read(event({ data_base64: data })).data).toBeUndefined();
  });

  it.each<[unknown, string]>([
    ['ä', 'data: expected base64 text in data_base64, got "ä"'],
    [7, 'data: expected base64 text in data_base64, got 7'],
    ['A', 'data: expected base64 text in data_base64, got "A"'],
    ['e30', 'data: expected base64 text in data_base64, got "e30"'],
    ['=', 'data: expected base64 text in data_base64, got "="'],
    ['e30=e30=', 'data: expected base64 text in data_base64, got "e30=e30="'],
    ['e30=\n', String.raw`data: expected base64 text in data_base64, got "e30=\n"`],
    [base64('no'), 'data: expected JSON, got other text'],
    [base64('[]'), 'data: expected a JSON object, got an array of 0'],
    ['/w==', 'data: expected UTF-8 text, got other bytes'],
  ])('%j is refused', (data, message) => {
    expect(messageOf(event({ data_base64: data }))).toBe(message);
  });

  it('beside data is refused', () => {
    expect(messageOf(event({ data: {}, data_base64: base64('{}') }))).toBe(
      'data: expected data or data_base64, not both, got both',
    );
  });
});

describe('datacontenttype', () => {
  it.each(['application/json; charset=utf-8', 'text/json', 'application/vnd.bi+json'])('%s is JSON', (type) => {
    expect(read(event({ datacontenttype: type, data: { a: 1 } })).data).toEqual({ a: 1 });
  });

  it.each([{ data: {} }, { data_base64: base64('{}') }])('text/plain with %j is refused', (data) => {
    expect(messageOf(event({ datacontenttype: 'text/plain', ...data }))).toBe(
      'data: expected the content type application/json, got "text/plain"',
    );
  });

  it.each([undefined, '', 'application/json; charset=UTF-8'])('%j means JSON in UTF-8', (datacontenttype) => {
    expect(read(event({ datacontenttype, data: { a: 1 } })).data).toEqual({ a: 1 });
    expect(read(event({ datacontenttype, data_base64: base64('{"a":1}') })).data).toEqual({ a: 1 });
  });

  it('of another charset is refused where the data has bytes, as in binary mode', () => {
    const datacontenttype = 'application/json; charset=iso-8859-1';
    expect(messageOf(event({ datacontenttype, data_base64: base64('{}') }))).toBe(
      'content-type: expected charset utf-8, got "iso-8859-1"',
    );
    expect(read(event({ datacontenttype, data: { a: 1 } })).data).toEqual({ a: 1 });
  });

  it('does not matter without data, as in binary mode', () => {
    expect(read(event({ datacontenttype: 'text/plain' })).data).toBeUndefined();
  });
});
