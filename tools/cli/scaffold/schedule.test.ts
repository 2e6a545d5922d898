import { expect, it } from 'vitest';
import { formatDuration } from '../../../functions/runtime/duration.ts';
import { parseSchedule } from '../../manifests/schedule.ts';
import { spanOf } from './schedule.ts';

it.each([
  ['*/10 * * * *', '2h', 1],
  ['17 * * * *', '2h', 1],
  ['12 */6 * * *', '12h', 1],
  ['12 3 * * *', '2d', 3],
  ['12 3 * * 1-5', '4d', 5], // from Friday over Monday to Tuesday
  ['12 3 * * 1', '14d', 15],
  ['12 3 1 * *', '62d', 63], // July and August
])('the window of %s reaches back %s, and at most %id are allowed', (expression, lookback, maxDays) => {
  const span = spanOf(parseSchedule(expression, 'Asia/Shanghai'), new Date('2026-11-22T00:00:00Z'));
  expect([formatDuration(span.lookbackMs), span.maxDays]).toEqual([lookback, maxDays]);
});
