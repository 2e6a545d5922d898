const FORM = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):\d\d:\d\d(?:\.(\d{1,9}))?(?:Z|[+-]\d\d:\d\d)$/i;

const MIN_MS = -62_135_596_800_000; // year 1 to year 9999 in UTC, what a Timestamp holds
const MAX_MS = 253_402_300_799_999;

/** A point in time with nanoseconds, as `google.protobuf.Timestamp` has it. */
export interface Instant {
  readonly seconds: number;
  readonly nanos: number;
}

/**
 * Reads an RFC 3339 date-time strictly: the zone is required and the day must exist (V8 alone reads 30 February as
 * 2 March). Undefined for any other text.
 */
export function parseRfc3339(text: string): Instant | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, fraction = ''] = match;
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number(day) > daysInMonth || Number(hour) > 23) return undefined;
  const ms = Date.parse(text.toUpperCase());
  if (Number.isNaN(ms) || ms < MIN_MS || ms > MAX_MS) return undefined;
  return { seconds: Math.floor(ms / 1000), nanos: Number(fraction.padEnd(9, '0')) };
}

/** What `parseRfc3339` takes, for error messages. */
export const RFC3339_FORM = 'an RFC 3339 time such as 2026-11-22T05:40:00Z';

/** RFC 3339 in UTC without a fraction: `2026-11-22T05:40:00Z`. */
export function formatRfc3339(time: Date): string {
  return `${time.toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length)}Z`;
}
