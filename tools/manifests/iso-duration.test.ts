import { describe, expect, it } from 'vitest';
import { parseIsoDurationSeconds } from './iso-duration.ts';

describe('parseIsoDurationSeconds', () => {
  it.each([
    ['PT2S', 2],
    ['PT0.2S', 0.2],
    ['PT610S', 610],
    ['PT10M', 600],
    ['P1DT1H1M1S', 90_061],
    ['610s', undefined],
    ['P', undefined],
    ['PT', undefined],
    ['', undefined],
    ['PT1S2M', undefined],
  ])('of %j is %s', (text, seconds) => {
    expect(parseIsoDurationSeconds(text)).toBe(seconds);
  });
});
