import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRfc3339, parseRfc3339 } from './rfc3339.ts';

const seconds = (text: string): number => Date.parse(text) / 1000;

describe('parseRfc3339', () => {
  it.each([
    ['2026-11-22T05:40:00Z', '2026-11-22T05:40:00Z', 0],
    ['2026-11-22t05:40:00z', '2026-11-22T05:40:00Z', 0],
    ['2026-11-22T05:40:00.49652449Z', '2026-11-22T05:40:00Z', 496_524_490],
    ['2026-11-22T05:40:00.5+08:00', '2026-11-21T21:40:00Z', 500_000_000],
    ['2026-11-22T05:40:59.999999999-23:59', '2026-11-23T05:39:59Z', 999_999_999],
    ['1969-12-31T23:59:59.25Z', '1969-12-31T23:59:59Z', 250_000_000],
    ['1969-12-31T23:59:59.9999999Z', '1969-12-31T23:59:59Z', 999_999_900],
    ['2028-02-29T00:00:00-00:00', '2028-02-29T00:00:00Z', 0],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z', 0],
    ['9999-12-31T23:59:59.999999999Z', '9999-12-31T23:59:59Z', 999_999_999],
  ])('reads %s', (text, whole, nanos) => {
    expect(parseRfc3339(text)).toEqual({ seconds: seconds(whole), nanos });
  });

  it.each([
    '',
    'now',
    '2026-11-22',
    '2026-11-22T05:40Z',
    '2026-11-22T05:40:00',
    '2026-11-22 05:40:00Z',
    '2026-11-22T05:40:00+0800',
    '2026-11-22T05:40:00.Z',
    '2026-11-22T05:40:00.1234567890Z',
    '2026-11-22T05:40:00Z ',
    '2026-11-22T05:40:00Z\n',
    '+2026-11-22T05:40:00Z',
    '20260-11-22T05:40:00Z',
    '２０２６-11-22T05:40:00Z',
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-00T00:00:00Z',
    '2026-11-22T24:00:00Z',
    '2026-11-22T05:60:00Z',
    '2026-11-22T05:40:60Z',
    '2026-11-22T05:40:00+24:00',
    '2026-11-22T05:40:00+08:60',
    '0000-12-31T23:59:59Z',
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
  ])('refuses %j', (text) => {
    expect(parseRfc3339(text)).toBeUndefined();
  });

  it('reads what formatRfc3339 and toISOString write', () => {
    const range = { min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(range), (time) => {
        const whole = Math.floor(time.getTime() / 1000);
        expect(parseRfc3339(formatRfc3339(time))).toEqual({ seconds: whole, nanos: 0 });
        const nanos = (time.getTime() - whole * 1000) * 1e6;
        expect(parseRfc3339(time.toISOString())).toEqual({ seconds: whole, nanos });
      }),
    );
  });
});

it('formatRfc3339 drops the fraction', () => {
  expect(formatRfc3339(new Date('2026-11-22T05:40:00.999Z'))).toBe('2026-11-22T05:40:00Z');
});
