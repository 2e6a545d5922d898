import { describe, expect, test } from 'vitest';
import { readMessage } from './proto-json.ts';
import { EVERYTHING, refusalOf, throughTheWire } from '../../../test/support/everything-proto.ts';

const TWO_WORDS = 'small_number'; // the name in the .proto file

describe('is read', () => {
  test.each<[json: Record<string, unknown>, sent: Record<string, unknown>]>([
    [{}, {}],
    [{ int32A: -2_147_483_648 }, { int32A: -2_147_483_648 }],
    [{ int32_a: 2_147_483_647 }, { int32A: 2_147_483_647 }],
    [{ sint32A: '-1' }, { sint32A: -1 }],
    [{ sfixed32A: -7 }, { sfixed32A: -7 }],
    [{ uint32A: 4_294_967_295 }, { uint32A: 4_294_967_295 }],
    [{ fixed32A: '4294967295' }, { fixed32A: 4_294_967_295 }],
    [{ int64A: '9223372036854775807' }, { int64A: '9223372036854775807' }],
    [{ int64A: '-9223372036854775808' }, { int64A: '-9223372036854775808' }],
    [{ int64A: 9_007_199_254_740_991 }, { int64A: '9007199254740991' }],
    [{ sint64A: '-9223372036854775808' }, { sint64A: '-9223372036854775808' }],
    [{ sfixed64A: -1 }, { sfixed64A: '-1' }],
    [{ uint64A: '18446744073709551615' }, { uint64A: '18446744073709551615' }],
    [{ fixed64A: '9007199254740993' }, { fixed64A: '9007199254740993' }],
    [{ floatA: 0.5 }, { floatA: 0.5 }],
    [{ doubleA: 1e300 }, { doubleA: 1e300 }],
    [{ doubleA: 'NaN' }, { doubleA: Number.NaN }],
    [{ floatA: 'Infinity' }, { floatA: Infinity }],
    [{ doubleA: '-Infinity' }, { doubleA: -Infinity }],
    [{ boolA: true }, { boolA: true }],
    [{ stringA: 'Größe 👍' }, { stringA: 'Größe 👍' }],
    [{ bytesA: 'AP8=' }, { bytesA: 'AP8=' }],
    [{ bytesA: 'AP8' }, { bytesA: 'AP8=' }],
    [{ bytesA: '-_8' }, { bytesA: '+/8=' }],
    [{ bytesA: '' }, { bytesA: '' }],
    [{ color: 'COLOR_RED' }, { color: 'COLOR_RED' }],
    [{ color: -5 }, { color: 'COLOR_BLUE' }],
    [{ inner: {} }, { inner: {} }],
    [
      { inner: { smallNumber: 1, inner: { [TWO_WORDS]: 2 } } },
      { inner: { smallNumber: 1, inner: { smallNumber: 2 } } },
    ],
    [{ timestamp: '2026-11-22T05:40:00.5Z' }, { timestamp: { seconds: '1795326000', nanos: 500_000_000 } }],
    [{ timestamp: '2026-11-22T13:40:00+08:00' }, { timestamp: { seconds: '1795326000', nanos: 0 } }],
    [{ timestamp: '1969-12-31T23:59:59.999999999Z' }, { timestamp: { seconds: '-1', nanos: 999_999_999 } }],
    [{ duration: '90s' }, { duration: { seconds: '90', nanos: 0 } }],
    [{ duration: '-0.25s' }, { duration: { seconds: '0', nanos: -250_000_000 } }],
    [{ manyNumbers: [1, '2'] }, { manyNumbers: ['1', '2'] }],
    [{ many_inner: [{ smallNumber: 1 }, {}] }, { manyInner: [{ smallNumber: 1 }, {}] }],
    [{ manyColors: ['COLOR_RED', 0] }, { manyColors: ['COLOR_RED', 'COLOR_UNSPECIFIED'] }],
    [{ byName: { one: 1 } }, { byName: { one: 1 } }],
    [{ by_number: { '-5': { smallNumber: 1 } } }, { byNumber: { '-5': { smallNumber: 1 } } }],
    [{ byFlag: { true: 'yes', false: 'no' } }, { byFlag: { true: 'yes', false: 'no' } }],
    [{ firstChoice: 'x' }, { firstChoice: 'x' }],
    [{ first_choice: null, secondChoice: 2 }, { secondChoice: 2 }],
    [{ maybe: 0 }, { maybe: 0 }],
  ])('%j', (json, sent) => {
    expect(throughTheWire(EVERYTHING, json)).toEqual(sent);
  });

  test('null of any field as absent', () => {
    const nulls = Object.fromEntries(Object.keys(EVERYTHING.fields).map((name) => [name, null]));
    expect(readMessage(EVERYTHING, nulls, 'data')).toEqual({});
  });
});

const NOT_A_NUMBER_ETC = [true, {}, [], '', 'x', '1.5', '0x10', ' 1', '1e3'];
const shown = (value: unknown): string => {
  if (Array.isArray(value)) return 'an array of 0';
  return typeof value === 'object' ? 'an object' : JSON.stringify(value);
};

const refusal = (field: string, message: string): object => ({
  message: `${field}: ${message}`,
  field,
  ending: { outcome: 'rejected', reason: 'event' },
});

describe('is refused', () => {
  test.each(['int32', 'sint32', 'sfixed32', 'uint32', 'fixed32', 'int64', 'sint64', 'sfixed64', 'uint64', 'fixed64'])(
    '%s: what is no whole number',
    (type) => {
      for (const value of [...NOT_A_NUMBER_ETC, 1.5, 2 ** 53, 1e300]) {
        const message = `expected a whole number (${type}), got ${shown(value)}`;
        expect(refusalOf(EVERYTHING, { [`${type}A`]: value })).toEqual(refusal(`data.${type}A`, message));
      }
    },
  );

  test.each([
    ['int32', 2_147_483_648],
    ['int32', '-2147483649'],
    ['sint32', -2_147_483_649],
    ['sfixed32', 2_147_483_648],
    ['uint32', -1],
    ['uint32', 4_294_967_296],
    ['fixed32', '-1'],
    ['int64', '9223372036854775808'],
    ['int64', '-9223372036854775809'],
    ['sint64', '9223372036854775808'],
    ['sfixed64', '-9223372036854775809'],
    ['uint64', -1],
    ['uint64', '18446744073709551616'],
    ['fixed64', '-1'],
  ])('%s out of range: %j', (type, value) => {
    const message = `expected a number within ${type}, got ${JSON.stringify(value)}`;
    expect(refusalOf(EVERYTHING, { [`${type}_a`]: value })).toEqual(refusal(`data.${type}_a`, message));
  });

  test.each<[json: Record<string, unknown>, field: string, message: string]>([
    [{ floatA: '0.5' }, 'data.floatA', 'expected a number, got "0.5"'],
    [{ floatA: 1e39 }, 'data.floatA', 'expected a number within float, got 1e+39'],
    [{ doubleA: false }, 'data.doubleA', 'expected a number, got false'],
    [{ doubleA: JSON.parse('1e999') }, 'data.doubleA', 'expected a number within double, got a larger one'],
    [{ boolA: 'true' }, 'data.boolA', 'expected true or false, got "true"'],
    [{ boolA: 1 }, 'data.boolA', 'expected true or false, got 1'],
    [{ stringA: 5 }, 'data.stringA', 'expected a string, got 5'],
    [{ stringA: 'a\ud83d' }, 'data.stringA', 'expected Unicode text, got half of a surrogate pair'],
    [{ bytesA: 'A' }, 'data.bytesA', 'expected base64 text, got "A"'],
    [{ bytesA: 'AP8===' }, 'data.bytesA', 'expected base64 text, got "AP8==="'],
    [{ bytesA: 'A P8' }, 'data.bytesA', 'expected base64 text, got "A P8"'],
    [{ bytesA: [0] }, 'data.bytesA', 'expected base64 text, got an array of 1'],
    [{ color: 'RED' }, 'data.color', 'expected one of COLOR_UNSPECIFIED, COLOR_RED, COLOR_BLUE, got "RED"'],
    [{ color: 2 }, 'data.color', 'expected one of COLOR_UNSPECIFIED, COLOR_RED, COLOR_BLUE, got 2'],
    [{ color: 'toString' }, 'data.color', 'expected one of COLOR_UNSPECIFIED, COLOR_RED, COLOR_BLUE, got "toString"'],
    [{ inner: 'x' }, 'data.inner', 'expected an object, got "x"'],
    [{ inner: [] }, 'data.inner', 'expected an object, got an array of 0'],
    [
      { inner: { inner: { small_number: 'x' } } },
      'data.inner.inner.small_number',
      'expected a whole number (int32), got "x"',
    ],
    [{ inner: { size: 1 } }, 'data.inner.size', 'expected one of smallNumber, inner, got an unknown field'],
    [
      { inner: { Small_number: 1 } },
      'data.inner.Small_number',
      'expected one of smallNumber, inner, got an unknown field',
    ],
    [{ inner: { unknown: null } }, 'data.inner.unknown', 'expected one of smallNumber, inner, got an unknown field'],
    [
      { inner: { constructor: 1 } },
      'data.inner.constructor',
      'expected one of smallNumber, inner, got an unknown field',
    ],
    [
      { inner: JSON.parse('{"__proto__":{"smallNumber":1}}') },
      'data.inner.__proto__',
      'expected one of smallNumber, inner, got an unknown field',
    ],
    [
      { inner: { ['n'.repeat(61)]: 1 } },
      `data.inner.${'n'.repeat(60)}…`,
      'expected one of smallNumber, inner, got an unknown field',
    ],
    [
      { inner: { smallNumber: 1, small_number: 1 } },
      'data.inner.small_number',
      'expected a field once, got both of its names',
    ],
    [{ manyNumbers: 1 }, 'data.manyNumbers', 'expected an array, got 1'],
    [{ manyNumbers: { 0: 1 } }, 'data.manyNumbers', 'expected an array, got an object'],
    [{ many_numbers: [1, 'x'] }, 'data.many_numbers[1]', 'expected a whole number (int64), got "x"'],
    [{ manyNumbers: [null] }, 'data.manyNumbers[0]', 'expected a whole number (int64), got null'],
    [
      { manyInner: [{}, { smallNumber: true }] },
      'data.manyInner[1].smallNumber',
      'expected a whole number (int32), got true',
    ],
    [{ byName: [] }, 'data.byName', 'expected an object, got an array of 0'],
    [{ byName: { one: 'x' } }, 'data.byName.one', 'expected a whole number (int32), got "x"'],
    [{ byName: { one: null } }, 'data.byName.one', 'expected a whole number (int32), got null'],
    [{ byNumber: { one: {} } }, 'data.byNumber.one', 'expected a whole number (int32), got "one"'],
    [{ byNumber: { 2147483648: {} } }, 'data.byNumber.2147483648', 'expected a number within int32, got "2147483648"'],
    [{ byNumber: { 1: { x: 1 } } }, 'data.byNumber.1.x', 'expected one of smallNumber, inner, got an unknown field'],
    [{ byFlag: { yes: '' } }, 'data.byFlag.yes', 'expected true or false, got "yes"'],
    [{ byTime: { '-1': null } }, 'data.byTime.-1', 'expected a number within uint32, got "-1"'],
    [
      { firstChoice: 'x', second_choice: 2 },
      'data.second_choice',
      'expected one field of choice, got also firstChoice',
    ],
  ])('%j', (json, field, message) => {
    expect(refusalOf(EVERYTHING, json)).toEqual(refusal(field, message));
  });

  const TIMES = [
    5,
    '',
    '2026-11-22',
    '2026-11-22T05:40:00',
    '2026-02-30T00:00:00Z',
    '2026-11-22T24:00:00Z',
    '10000-01-01T00:00:00Z',
    {},
  ];
  test.each(TIMES)('a timestamp of %j', (value) => {
    const message = `expected an RFC 3339 time such as 2026-11-22T05:40:00Z, got ${shown(value)}`;
    expect(refusalOf(EVERYTHING, { timestamp: value })).toEqual(refusal('data.timestamp', message));
  });

  const DURATIONS = [90, '90', '1m', '1.s', '.5s', '1.0000000001s', '+1s', '1 s', '315576000001s', {}];
  test.each(DURATIONS)('a duration of %j', (value) => {
    const message = `expected seconds such as "90s" or "1.5s", got ${shown(value)}`;
    expect(refusalOf(EVERYTHING, { duration: value })).toEqual(refusal('data.duration', message));
  });
});
