import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { optionSchema } from './config/option-schema.ts';
import { duration, durationOr, identifiers, optional, pageSize, textOr, wholeNumber, type Option } from './options.ts';

const takes = (option: Option, value: unknown): boolean => v.safeParse(optionSchema(option), value).success;
const parse = (option: Option, value: unknown): unknown => v.parse(optionSchema(option), value);

it('a duration is read to milliseconds', () => {
  expect(parse(duration, '1h30m')).toBe(5_400_000);
});

it.each(['', '0s', '0h0m', '-1h', '2 hours', 120, null, undefined, true])('%j is no duration', (value) => {
  expect(takes(duration, value)).toBe(false);
});

it.each(['2 hours', 75])('a wrong duration (%j) is refused with the expected form', (value) => {
  expect(v.safeParse(optionSchema(duration), value).issues?.[0].message).toBe(
    'a duration such as 90s, 10m, 1h30m or 7d',
  );
});

it.each([undefined, null])('%s means the default duration', (value) => {
  expect(parse(durationOr('10m'), value)).toBe(600_000);
});

it('a duration that is given counts', () => {
  expect(parse(durationOr('10m'), '1s')).toBe(1000);
});

describe('a page size', () => {
  const schema = pageSize(40, 100);

  it.each([
    [undefined, 40],
    [null, 40],
    [1, 1],
    [100, 100],
  ])('%s is %i', (value, size) => {
    expect(parse(schema, value)).toBe(size);
  });

  it.each([0, -1, 101, 1.5, '40', NaN, Infinity, true])('%s is refused', (value) => {
    expect(takes(schema, value)).toBe(false);
  });
});

it.each([
  [undefined, []],
  [null, []],
  [[], []],
  [
    ['a', 100_001],
    ['a', '100001'],
  ],
])('the identifiers %j are %j', (value, read) => {
  expect(parse(identifiers, value)).toEqual(read);
});

it.each(['a', [''], [null], [1.5], [2 ** 53], [true], [['a']], { a: 1 }])('%j is no list of identifiers', (value) => {
  expect(takes(identifiers, value)).toBe(false);
});

it.each([
  [0, true],
  [2 ** 53 - 1, true],
  [-1, false],
  [0.5, false],
  [2 ** 53, false],
  ['1', false],
])('%s as a whole number: %s', (value, isTaken) => {
  expect(takes(wholeNumber, value)).toBe(isTaken);
});

it.each([
  [undefined, 'all'],
  [null, 'all'],
  ['some', 'some'],
])('the text %s is %s', (value, text) => {
  expect(parse(textOr('all'), value)).toBe(text);
});

it.each(['', 7, true, ['a']])('%j is no text', (value) => {
  expect(takes(textOr('all'), value)).toBe(false);
});

it.each([undefined, null])('an optional key may be %s', (value) => {
  expect(parse(optional(duration), value)).toBe(value);
});
