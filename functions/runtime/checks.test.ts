import { expect, it } from 'vitest';
import { checkPageSize, checkShops } from './checks.ts';
import { quoteValue } from './run-error.ts';
import type { Problem } from './checks.ts';

const toText = (problems: Problem[]): string[] =>
  problems.map(({ field, expected, got }) => `${field}: expected ${expected}, got ${quoteValue(got)}`);

it.each([
  [undefined, ['shopIds: expected at least one shop, got none']],
  [[], ['shopIds: expected at least one shop, got none']],
  [['100001', ''], ['shopIds: expected no empty shop ID, got ""']],
  [['100001'], []],
  [['100001', '100002'], []],
])('the problems of the shops %j are %j', (shopIds, problems) => {
  expect(toText(checkShops(shopIds))).toEqual(problems);
});

it.each([
  [1, []],
  [100, []],
  [0, ['pageSize: expected 1 to 100, got 0']],
  [101, ['pageSize: expected 1 to 100, got 101']],
  [-5, ['pageSize: expected 1 to 100, got -5']],
  [undefined, ['pageSize: expected 1 to 100, got nothing']],
])('the problems of the page size %s are %j', (pageSize, problems) => {
  expect(toText(checkPageSize(pageSize, 100))).toEqual(problems);
});
