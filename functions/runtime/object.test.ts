import { expect, it } from 'vitest';
import { isObject } from './object.ts';

it.each([{}, { a: 1 }, Object.create(null)])('%j is an object', (value) => {
  expect(isObject(value)).toBe(true);
});

it.each([null, undefined, [], [{}], 'a', 7, true, () => 1])('%s is none', (value) => {
  expect(isObject(value)).toBe(false);
});
