import { describe, expect, it } from 'vitest';
import { disturbedTicks } from './daylight-saving.ts';
import { parseSchedule } from './schedule.ts';

const NOW = new Date('2026-11-22T00:00:00Z');

describe('disturbedTicks', () => {
  it.each([
    ['30 2 * * *', 'America/New_York', [{ kind: 'gap', localTime: '2027-03-14 02:30' }]],
    ['30 1 * * *', 'America/New_York', [{ kind: 'fold', localTime: '2027-11-07 01:30' }]],
    [
      '*/15 2 * * *',
      'Europe/Berlin',
      [
        { kind: 'gap', localTime: '2027-03-28 02:00' },
        { kind: 'fold', localTime: '2027-10-31 02:00' },
      ],
    ],
    ['0 0 * * *', 'Africa/Cairo', [{ kind: 'gap', localTime: '2027-04-30 00:00' }]],
    ['30 2 * * 1', 'America/New_York', []],
    ['30 3 * * *', 'America/New_York', []],
    ['45 2 * * *', 'Asia/Shanghai', []],
    ['45 2 * * *', 'UTC', []],
  ])('of %s in %s are %j', (expression, zone, expected) => {
    expect(disturbedTicks(parseSchedule(expression, zone), NOW)).toEqual(expected);
  });

  it('are none for a schedule that fires in every hour: the next one makes up for it', () => {
    expect(disturbedTicks(parseSchedule('*/10 * * * *', 'America/New_York'), NOW)).toEqual([]);
  });
});
