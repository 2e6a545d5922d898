/**
 * RFC 3339 in UTC with up to nine fraction digits and no trailing zeros, as Go's time.RFC3339Nano prints it:
 * `2026-11-22T05:40:00.49652449Z`, `2026-11-22T05:40:00Z`. A Date ends at the millisecond: the six digits behind it
 * are drawn from `random`, so that a reader meets the precision that Go's clock has.
 */
export function goTimestamp(at: Date, random: () => number): string {
  const [seconds = '', millis = ''] = at.toISOString().slice(0, -1).split('.');
  const belowMillis = String(Math.floor(random() * 1_000_000)).padStart(6, '0');
  const fraction = `${millis}${belowMillis}`.replace(/0+$/, '');
  return fraction === '' ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}
