import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { goTimestamp } from './go-http.ts';

it.each([
  ['2026-11-22T05:40:00.496Z', 0.5244905, '2026-11-22T05:40:00.49652449Z'],
  ['2026-11-22T05:40:00.490Z', 0, '2026-11-22T05:40:00.49Z'],
  ['2026-11-22T05:40:00.000Z', 0, '2026-11-22T05:40:00Z'],
  ['2026-11-22T05:40:00.000Z', 0.0000015, '2026-11-22T05:40:00.000000001Z'],
])('prints %s and the draw %d as %s', (at, drawn, text) => {
  expect(goTimestamp(new Date(at), () => drawn)).toBe(text);
});

it('prints times that read back to the same millisecond and never end in a zero', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (at, drawn) => {
        const text = goTimestamp(at, () => drawn);
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$/);
        expect(new Date(text)).toEqual(at);
      },
    ),
  );
});
