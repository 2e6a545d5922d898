import { expect, it } from 'vitest';
import { median, quantile } from './samples.ts';

it('takes the middle value, or the mean of the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

it('interpolates between neighbours', () => {
  expect(quantile([0, 100], 0.99)).toBe(99);
  expect(quantile([7], 0.99)).toBe(7);
});

it('is not a number of nothing', () => {
  expect(quantile([], 0.5)).toBeNaN();
});
