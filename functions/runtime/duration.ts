const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const satisfies Record<string, number>;
type Unit = keyof typeof UNIT_MS;

const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;

/** What `parseDuration` takes, for error messages. */
export const DURATION_FORM = 'a duration such as 90s, 10m, 1h30m or 7d';

/** Milliseconds of a duration as Go writes it (`1h30m`, `1.5s`), plus `d` for 24 hours; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (text.length > 40 || !WHOLE.test(text)) return undefined;
  let totalMs = 0;
  for (const [, count, unit] of text.matchAll(PART)) totalMs += Number(count) * UNIT_MS[unit as Unit]; // PART admits these units only
  return Math.round(totalMs);
}

/** The shortest text that `parseDuration` reads back: `5400000` -> `1h30m`. */
export function formatDuration(durationMs: number): string {
  let rest = Math.round(durationMs);
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / UNIT_MS[unit]);
    rest -= count * UNIT_MS[unit];
    if (count > 0) text += `${count}${unit}`;
  }
  return text || '0s';
}
