import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

it.each([
  ['90s', 90_000],
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['7d', 604_800_000],
  ['1.5s', 1500],
  ['250ms', 250],
  ['1m1ms', 60_001],
  ['1.4ms', 1],
  ['0s', 0],
  ['1s1s', 2000],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each([
  '',
  '90',
  's',
  '1 h',
  ' 1h',
  '1h ',
  '-1h',
  '+1h',
  '1.h',
  '.5h',
  '1w',
  '1H',
  '1h30',
  '1e3s',
  '5us',
  '1,5s',
  '∞',
])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

it('a text of more than 40 characters is no duration', () => {
  expect(parseDuration(`${'1'.repeat(39)}s`)).toBeDefined();
  expect(parseDuration(`${'1'.repeat(40)}s`)).toBeUndefined();
});

it.each([
  [0, '0s'],
  [0.4, '0s'],
  [1, '1ms'],
  [5_400_000, '1h30m'],
  [604_800_000, '7d'],
  [90_061_001, '1d1h1m1s1ms'],
])('%d ms is written %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it('what is written is read back', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1e13 }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms);
    }),
  );
});
