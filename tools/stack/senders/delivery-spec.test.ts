import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseIsoDuration, readDeliverySpec } from './delivery-spec.ts';

it.each([
  ['PT0S', 0],
  ['PT0.2S', 200],
  ['PT2S', 2000],
  ['PT610S', 610_000],
  ['PT10M', 600_000],
  ['P1DT1H1M1S', 90_061_000],
  ['PT1M30S', 90_000],
  ['PT1.5H', 5_400_000],
  ['P1DT1S', 86_401_000],
])('reads %s as %i ms', (text, ms) => {
  expect(parseIsoDuration(text)).toBe(ms);
});

it.each(['', 'P', '610s', 'PT', 'P1DT', '5s', 'PT5', 'PT-1S', 'PT1S2M', 'P1M', 'PT1S '])('refuses %j', (text) => {
  expect(parseIsoDuration(text)).toBeUndefined();
  expect(() => readDeliverySpec({ timeout: text })).toThrow(
    `delivery.timeout: expected an ISO 8601 duration such as PT0.5S, got ${JSON.stringify(text)}`,
  );
});

it('adds up days, hours, minutes and seconds', () => {
  const count = fc.nat({ max: 1000 });
  fc.assert(
    fc.property(count, count, count, count, (days, hours, minutes, seconds) => {
      const text = `P${days}DT${hours}H${minutes}M${seconds}S`;
      expect(parseIsoDuration(text)).toBe((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);
    }),
  );
});
