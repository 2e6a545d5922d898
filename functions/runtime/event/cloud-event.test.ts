import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCloudEvent } from './cloud-event.ts';
import { readHeaders } from './headers.ts';
import { MODES, percentEncode, post, refusalOf, TICK } from '../../../test/support/event-request.ts';
import type { RawRequest } from './http-request.ts';

const read = ({ rawHeaders, body }: RawRequest) => readCloudEvent(readHeaders(rawHeaders), body);
const refuse = (request: RawRequest) => refusalOf(() => read(request));

describe.each([
  { mode: 'binary', make: MODES.binary },
  { mode: 'structured', make: MODES.structured },
])('in $mode mode', ({ make }) => {
  it('an event is read as it was sent, and nothing is filled in', () => {
    const event = { ...TICK, time: undefined, subject: 'goods', task: 'incrementorder' };
    expect(read(make(event))).toEqual({
      id: TICK['id'],
      source: TICK['source'],
      type: TICK['type'],
      time: undefined,
      subject: 'goods',
      datacontenttype: undefined,
      extensions: new Map([['task', 'incrementorder']]),
      data: undefined,
    });
  });

  it('the time is read to the millisecond, in any zone', () => {
    const time = '2026-11-22T13:40:00.49652449+08:00';
    expect(read(make({ ...TICK, time })).time).toEqual(new Date('2026-11-22T05:40:00.496Z'));
  });

  it.each([{}, { shopIds: ['100001'] }, { note: 'Gänse 🪿', empty: null }])('data %j is read', (data) => {
    expect(read(make(TICK, data)).data).toEqual(data);
  });

  it.each([
    ['specversion', undefined, '"1.0", got nothing'],
    ['specversion', '', '"1.0", got ""'],
    ['specversion', '0.3', '"1.0", got "0.3"'],
    ['specversion', '1.0.2', '"1.0", got "1.0.2"'],
    ['id', undefined, 'a non-empty string, got nothing'],
    ['id', '', 'a non-empty string, got ""'],
    ['id', 'i'.repeat(257), `at most 256 characters, got "${'i'.repeat(60)}"… (257 characters)`],
    ['id', 'a\nb', String.raw`no control characters, got "a\nb"`],
    ['id', 'a\u0085b', 'no control characters, got "a\u0085b"'],
    ['id', 'a\uffffb', 'no control characters, got "a\uffffb"'],
    ['source', undefined, 'a non-empty string, got nothing'],
    ['source', '', 'a non-empty string, got ""'],
    ['source', '/a[b', 'a URI reference (RFC 3986), got "/a[b"'],
    ['source', 'http://[::1', 'a URI reference (RFC 3986), got "http://[::1"'],
    ['dataschema', '', 'a non-empty string, got ""'],
    ['dataschema', 'schemas/a.json', 'an absolute URI (RFC 3986), got "schemas/a.json"'],
    ['source', `/${'s'.repeat(1024)}`, `at most 1024 characters, got "/${'s'.repeat(59)}"… (1025 characters)`],
    ['type', undefined, 'a non-empty string, got nothing'],
    ['type', '', 'a non-empty string, got ""'],
    ['type', 't'.repeat(257), `at most 256 characters, got "${'t'.repeat(60)}"… (257 characters)`],
    ['type', 't\u007f', 'no control characters, got "t\u007f"'],
    ['time', '', 'a non-empty string, got ""'],
    ['time', 'now', 'an RFC 3339 time such as 2026-11-22T05:40:00Z, got "now"'],
    ['time', '2026-02-30T00:00:00Z', 'an RFC 3339 time such as 2026-11-22T05:40:00Z, got "2026-02-30T00:00:00Z"'],
    ['time', '2026-11-22T05:40:00', 'an RFC 3339 time such as 2026-11-22T05:40:00Z, got "2026-11-22T05:40:00"'],
    ['runkey', '', 'a non-empty string, got ""'],
    ['runkey', 'a\u0000', String.raw`no control characters, got "a\u0000"`],
    ['run_key', 'k', 'an attribute name of a-z and 0-9, got "run_key"'],
    ['slotunit', '', 'a non-empty string, got ""'],
    ['rerunof', 'a\u0085', 'no control characters, got "a\u0085"'],
    ['runkey', 'k'.repeat(257), `at most 256 characters, got "${'k'.repeat(60)}"… (257 characters)`],
  ])('%s %j is refused', (name, value, rest) => {
    const field = `ce-${name}`;
    expect(refuse(make({ ...TICK, [name]: value }))).toEqual({
      ending: 'rejected: event',
      field,
      message: `${field}: expected ${rest}`,
    });
  });

  it('id and source may be as long as promised', () => {
    const event = { ...TICK, id: 'i'.repeat(256), source: 's'.repeat(1024) };
    expect(read(make(event))).toMatchObject({ id: event.id, source: event.source });
  });

  it.each([
    ['subject', ''],
    ['subject', 'a\u0007b'],
    ['subject', 's'.repeat(20_000)],
    ['tracestate', ''],
    ['baggage', 'k=v,'.repeat(10_000)],
    ['traceparent', 'none'],
    ['comment', 'a\nb\u0085\u202e'],
    ['x'.repeat(200), 'a long name'],
    ['datacontenttype', ''],
  ])('%s, which nobody reads, may hold any text', (name, value) => {
    expect(read(make({ ...TICK, [name]: value })).id).toBe(TICK['id']);
  });

  it('256 attributes of 64 KiB in all are read, one more or one byte more is refused', () => {
    const many = (count: number): object => ({
      ...TICK,
      ...Object.fromEntries(Array.from({ length: count - Object.keys(TICK).length }, (_, n) => [`x${n}`, 'v'])),
    });
    const sizeOf = (event: object): number =>
      Object.entries(event).reduce((sum, [name, value]) => sum + name.length + String(value).length, 0);
    const large = (bytes: number): object => ({ ...TICK, big: 'x'.repeat(bytes - sizeOf(TICK) - 'big'.length) });
    expect(read(make({ ...many(256) })).extensions.size).toBe(251);
    expect(refuse(make({ ...many(257) })).message).toBe('attributes: expected at most 256, got 257');
    expect(read(make({ ...large(65_536) })).id).toBe(TICK['id']);
    expect(refuse(make({ ...large(65_537) })).message).toBe(
      'attributes: expected at most 65536 bytes in all, got 65537',
    );
  });

  it.each([
    [[1, 2], 'an array of 2'],
    ['text', '"text"'],
    [7, '7'],
    [false, 'false'],
  ])('data %j is refused', (data, got) => {
    expect(refuse(make(TICK, data)).message).toBe(`data: expected a JSON object, got ${got}`);
  });

  it('null as data is no data', () => {
    expect(read(make(TICK, null)).data).toBeUndefined();
  });
});

describe('in binary mode', () => {
  it.each([
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['%e2%82%ac', '€'],
    ['%41', 'A'],
    ['%2541', '%41'],
    ['100%', '100%'],
    ['100%25%', '100%%'],
    ['%zz%20', '%zz '],
    ['"a b"', 'a b'],
    [String.raw`"a \"b\" \\c"`, String.raw`a "b" \c`],
    ['"a%20b"', 'a b'],
    ['"open', '"open'],
    ['a "b"', 'a "b"'],
  ])('the header value %s means %s', (value, meant) => {
    expect(read(post({ ...binaryHeaders(), 'ce-id': value })).id).toBe(meant);
  });

  it.each(['%C0%A0', 'a%FF', '%E2%82'])('%s is refused: it encodes no UTF-8', (value) => {
    expect(refuse(post({ ...binaryHeaders(), 'ce-id': value })).message).toBe(
      `ce-id: expected percent-encoded UTF-8, got "${value}"`,
    );
  });

  it.each([{}, { 'content-type': '' }])('a body without a content type is JSON: %j', (contentType) => {
    expect(read(post({ ...binaryHeaders(), ...contentType }, '{"shopIds":["1"]}')).data).toEqual({ shopIds: ['1'] });
    expect(refuse(post({ ...binaryHeaders(), ...contentType }, 'a=1'))).toMatchObject({
      field: 'data',
      message: 'data: expected JSON, got other text',
    });
  });

  it('a body without a content type and without attributes is no event, whatever it holds', () => {
    expect(refuse(post({}, JSON.stringify(TICK))).field).toBe('ce-specversion');
  });

  it.each(['text/plain', 'application/jsonp', 'application/x-www-form-urlencoded', 'json'])(
    'a body of type %s is refused',
    (type) => {
      expect(refuse(post({ ...binaryHeaders(), 'content-type': type }, '{}')).message).toBe(
        `data: expected the content type application/json, got "${type}"`,
      );
    },
  );

  it.each([
    ['é-1', 'é-1'],
    ['店铺 😀', '店铺 😀'],
    ['"é"', 'é'],
    ['é%20b', 'é b'],
    ['100%é', '100%é'],
  ])('the header value %s in bare UTF-8 means the same as percent-encoded', (sent, meant) => {
    const bytes = Buffer.from(sent).toString('latin1'); // as Node gives a header
    expect(read(post({ ...binaryHeaders(), 'ce-id': bytes })).id).toBe(meant);
    expect(read(post({ ...binaryHeaders(), 'ce-id': percentEncode(meant) })).id).toBe(meant);
  });

  it.each([
    ['/a%20b', '/a%20b'],
    ['https://example.com/a%FF', 'https://example.com/a%FF'],
    ['/%5B1%5D', '/%5B1%5D'],
    ['/%E5%BA%97', '/店'],
    ['/a%2520b', '/a%20b'],
    ['urn%3Aa%3Ab', 'urn:a:b'],
  ])('the source %s, a URI with a percent-encoding of its own or in that of the header, is %s', (sent, meant) => {
    expect(read(post({ ...binaryHeaders('source'), 'ce-source': sent })).source).toBe(meant);
  });

  it.each(['/a b%20', 'http://[%3A%3A1', '%'])('the source %s is none either way', (sent) => {
    expect(refuse(post({ ...binaryHeaders('source'), 'ce-source': sent })).message).toMatch(
      /^ce-source: expected a URI/,
    );
  });

  it('bytes that are no UTF-8 are taken as latin1', () => {
    expect(read(post({ ...binaryHeaders(), 'ce-id': '\u00e9-1' })).id).toBe('é-1');
  });

  it('every text means the same as bare UTF-8 and percent-encoded', () => {
    const text = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 40 })
      .filter((value) => /^[^\p{Cc}\p{Cs}\ufffe\uffff"%]+$/u.test(value));
    fc.assert(
      fc.property(text, (id) => {
        const bytes = Buffer.from(id).toString('latin1');
        expect(read(post({ ...binaryHeaders(), 'ce-id': bytes })).id).toBe(id);
        expect(read(post({ ...binaryHeaders(), 'ce-id': percentEncode(id) })).id).toBe(id);
      }),
    );
  });

  it('percent-encoding that is no UTF-8 is as it came where nobody reads it', () => {
    expect(read(post({ ...binaryHeaders(), 'ce-baggage': 'a=%FF' })).extensions.get('baggage')).toBe('a=%FF');
  });

  it('a content type without a body is no matter', () => {
    expect(read(post({ ...binaryHeaders(), 'content-type': 'text/plain' })).data).toBeUndefined();
  });

  it('a header that is not an attribute is none', () => {
    expect(read(post({ ...binaryHeaders(), cetask: 'a', 'x-ce-task': 'b' })).extensions.size).toBe(0);
  });
});

/** Those of a tick with the id i, but for this attribute. */
function binaryHeaders(without = 'id'): Record<string, string> {
  const { rawHeaders } = MODES.binary({ ...TICK, id: undefined, [without]: undefined });
  const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, n) => rawHeaders.slice(2 * n, 2 * n + 2));
  return { ...(Object.fromEntries(pairs) as Record<string, string>), 'ce-id': 'i' };
}
