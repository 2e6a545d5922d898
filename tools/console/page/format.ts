const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([timeZone, options]);
  const known = formats.get(key) ?? new Intl.DateTimeFormat('en-GB', { timeZone, ...options });
  formats.set(key, known);
  return known;
}

/** `15:53`, or `15:53:07`. */
export function clockTime(instant: Date, zone: string, withSeconds = false): string {
  const seconds = withSeconds ? ({ second: '2-digit' } as const) : {};
  return formatOf(zone, { hour: '2-digit', minute: '2-digit', ...seconds }).format(instant);
}

/** `Sun 22 Nov`. */
export function calendarDay(instant: Date, zone: string): string {
  return formatOf(zone, { weekday: 'short', day: 'numeric', month: 'short' }).format(instant).replace(',', '');
}

/** `15:53` of the day that `now` is in, `Mon 02:45` of another. */
export function shortTime(instant: Date, now: Date, zone: string): string {
  const time = clockTime(instant, zone);
  if (calendarDay(instant, zone) === calendarDay(now, zone)) return time;
  return `${formatOf(zone, { weekday: 'short' }).format(instant)} ${time}`;
}

/** `7 ms`, `1.2 s`, `15 s`, `3 min`, `1 min 15 s`. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const seconds = Math.round(ms / 1000) % 60;
  return `${Math.floor(Math.round(ms / 1000) / 60)} min${seconds === 0 ? '' : ` ${seconds} s`}`;
}

/** A countdown: `0:07`, `12:40`, `3:04:10`. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** The RFC 3339 text of what a `datetime-local` input shows, read in a zone; undefined when it shows nothing. */
export function fromLocalInput(text: string, zone: string): string | undefined {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return undefined;
  const guess = asUtc - offsetMs(new Date(asUtc), zone);
  return new Date(asUtc - offsetMs(new Date(guess), zone)).toISOString().replace('.000Z', 'Z');
}

/** What a `datetime-local` input shows for an instant, in a zone. */
export function toLocalInput(instant: Date, zone: string): string {
  return new Date(instant.getTime() + offsetMs(instant, zone)).toISOString().slice(0, 'yyyy-mm-ddThh:mm'.length);
}

function offsetMs(instant: Date, zone: string): number {
  const name = formatOf(zone, { timeZoneName: 'longOffset' })
    .formatToParts(instant)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign = '+', hours = '0', minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name ?? '') ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
