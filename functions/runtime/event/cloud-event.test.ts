import { describe, expect, it } from 'vitest';
import { readCloudEvent } from './cloud-event.ts';
import { readHeaders } from './headers.ts';
import { MODES, post, refusalOf, TICK } from '../../../test/support/event-request.ts';
import type { RawRequest } from './http-request.ts';

const read = ({ rawHeaders, body }: RawRequest) => readCloudEvent(readHeaders(rawHeaders), body);
const refuse = (request: RawRequest) => refusalOf(() => read(request));

describe.each([
  { mode: 'binary', make: MODES.binary, prefix: 'ce-' },
  { mode: 'structured', make: MODES.structured, prefix: '' },
])('in $mode mode', ({ make, prefix }) => {
  it('an event is read as it was sent, and nothing is filled in', () => {
    const event = { ...TICK, time: undefined, subject: 'goods', task: 'incrementorder' };
    expect(read(make(event))).toEqual({
      id: TICK['id'],
      source: TICK['source'],
      type: TICK['type'],
      time: undefined,
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
    ['source', '/a b', 'a URI reference without white space, got "/a b"'],
    ['source', `/${'s'.repeat(1024)}`, `at most 1024 characters, got "/${'s'.repeat(59)}"… (1025 characters)`],
    ['type', undefined, 'a non-empty string, got nothing'],
    ['type', '', 'a non-empty string, got ""'],
    ['type', 't'.repeat(257), `at most 256 characters, got "${'t'.repeat(60)}"… (257 characters)`],
    ['type', 't\u007f', 'no control characters, got "t\u007f"'],
    ['time', '', 'a non-empty string, got ""'],
    ['time', 'now', 'an RFC 3339 time such as 2026-11-22T05:40:00Z, got "now"'],
    ['time', '2026-02-30T00:00:00Z', 'an RFC 3339 time such as 2026-11-22T05:40:00Z, got "2026-02-30T00:00:00Z"'],
    ['time', '2026-11-22T05:40:00', 'an RFC 3339 time such as 2026-11-22T05:40:00Z, got "2026-11-22T05:40:00"'],
    ['subject', '', 'a non-empty string, got ""'],
    ['subject', 's'.repeat(1025), `at most 1024 characters, got "${'s'.repeat(60)}"… (1025 characters)`],
    ['runkey', '', 'a non-empty string, got ""'],
    ['runkey', 'a\u0000', String.raw`no control characters, got "a\u0000"`],
    ['run_key', 'k', 'an attribute name of a-z and 0-9, got "run_key"'],
    ['x'.repeat(65), 'k', `an attribute name of a-z and 0-9, got "${'x'.repeat(60)}"… (65 characters)`],
  ])('%s %j is refused', (name, value, rest) => {
    const field = `${prefix}${name}`;
    expect(refuse(make({ ...TICK, [name]: value }))).toEqual({
      ending: 'rejected: event',
      field,
      message: `${field}: expected ${rest}`,
    });
  });

  it('id, source and extension may be as long as promised', () => {
    const event = { ...TICK, id: 'i'.repeat(256), source: 's'.repeat(1024), ['x'.repeat(64)]: 'e'.repeat(1024) };
    expect(read(make(event))).toMatchObject({ id: event.id, source: event.source });
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

  it('a body without a content type is refused', () => {
    expect(refuse(post(binaryHeaders(), '{}')).message).toBe('content-type: expected application/json, got nothing');
  });

  it.each(['text/plain', 'application/jsonp', 'application/x-www-form-urlencoded', 'json'])(
    'a body of type %s is refused',
    (type) => {
      expect(refuse(post({ ...binaryHeaders(), 'content-type': type }, '{}')).message).toBe(
        `content-type: expected application/json, got "${type}"`,
      );
    },
  );

  it('a content type without a body is no matter', () => {
    expect(read(post({ ...binaryHeaders(), 'content-type': 'text/plain' })).data).toBeUndefined();
  });

  it('a header that is not an attribute is none', () => {
    expect(read(post({ ...binaryHeaders(), cetask: 'a', 'x-ce-task': 'b' })).extensions.size).toBe(0);
  });
});

function binaryHeaders(): Record<string, string> {
  const { rawHeaders } = MODES.binary({ ...TICK, id: undefined });
  const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, n) => rawHeaders.slice(2 * n, 2 * n + 2));
  return { ...(Object.fromEntries(pairs) as Record<string, string>), 'ce-id': 'i' };
}
