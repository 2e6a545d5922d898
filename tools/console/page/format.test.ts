import { describe, expect, it } from 'vitest';
import { clockTime, countdown, fromLocalInput, shortTime, span, toLocalInput } from './format.ts';

describe('format', () => {
  it.each([
    [-1, '0:00'],
    [1, '0:01'],
    [7000, '0:07'],
    [760_000, '12:40'],
    [11_050_000, '3:04:10'],
  ])('counts %i ms down as %s', (ms, text) => {
    expect(countdown(ms)).toBe(text);
  });

  it.each([
    [7.4, '7 ms'],
    [1240, '1.2 s'],
    [12_400, '12 s'],
    [60_000, '1 min'],
    [75_000, '1 min 15 s'],
  ])('shows a span of %d ms as %s', (ms, text) => {
    expect(span(ms)).toBe(text);
  });

  it('shows an instant by the clock of a zone', () => {
    expect(clockTime(new Date('2026-11-22T05:43:07Z'), 'Asia/Shanghai')).toBe('13:43');
    expect(clockTime(new Date('2026-11-22T16:00:07Z'), 'Asia/Shanghai', true)).toBe('00:00:07');
  });

  it('adds the weekday to a time of another day of the zone', () => {
    const now = new Date('2026-11-22T15:50:00Z');
    expect(shortTime(new Date('2026-11-22T15:59:00Z'), now, 'Asia/Shanghai')).toBe('23:59');
    expect(shortTime(new Date('2026-11-22T16:00:00Z'), now, 'Asia/Shanghai')).toBe('Mon 00:00');
  });

  it.each([
    ['Asia/Shanghai', '2026-11-22T13:43', '2026-11-22T05:43:00Z'],
    ['UTC', '2026-11-22T13:43', '2026-11-22T13:43:00Z'],
    ['America/New_York', '2026-03-08T01:59', '2026-03-08T06:59:00Z'],
    ['America/New_York', '2026-03-08T03:00', '2026-03-08T07:00:00Z'],
    ['Asia/Kolkata', '2026-01-01T00:15', '2025-12-31T18:45:00Z'],
  ])('reads an input in %s, %s, as %s, and shows it so again', (zone, local, instant) => {
    expect(fromLocalInput(local, zone)).toBe(instant);
    expect(toLocalInput(new Date(instant), zone)).toBe(local);
  });

  it('reads nothing from an empty input', () => {
    expect(fromLocalInput('', 'UTC')).toBeUndefined();
  });
});
