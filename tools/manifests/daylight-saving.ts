import { firesOnDay, type Schedule } from './schedule.ts';

/** A change of the zone's offset: local times from `fromMs` to `toMs` (as if UTC) do not exist (`gap`) or come twice (`fold`). */
interface Transition {
  readonly kind: 'gap' | 'fold';
  readonly fromMs: number;
  readonly toMs: number;
}

/** A tick that daylight saving drops or doubles, by the local clock: `2027-03-14 02:30`. */
export interface DisturbedTick {
  readonly kind: 'gap' | 'fold';
  readonly localTime: string;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The first tick in each hour that the zone skips or repeats during the year after `now`. A schedule that fires in every hour of the day has none: nothing is lost that the next hour does not bring. */
export function disturbedTicks(schedule: Schedule, now: Date): DisturbedTick[] {
  if (schedule.fields.hour.values.length === 24) return [];
  return transitions(schedule.timezone, now).flatMap((transition) => {
    for (let local = transition.fromMs; local < transition.toMs; local += MINUTE_MS) {
      if (firesAt(schedule, new Date(local))) {
        return [{ kind: transition.kind, localTime: new Date(local).toISOString().slice(0, 16).replace('T', ' ') }];
      }
    }
    return [];
  });
}

/** `local` holds the clock's reading in its UTC fields. */
function firesAt({ fields }: Schedule, local: Date): boolean {
  return (
    fields.minute.values.includes(local.getUTCMinutes()) &&
    fields.hour.values.includes(local.getUTCHours()) &&
    firesOnDay(fields, local.getUTCFullYear(), local.getUTCMonth() + 1, local.getUTCDate())
  );
}

function transitions(timezone: string, now: Date): Transition[] {
  const offsetAt = offsetReader(timezone);
  const found: Transition[] = [];
  const start = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  for (let day = start; day < start + 366 * DAY_MS; day += DAY_MS) {
    const before = offsetAt(day);
    const after = offsetAt(day + DAY_MS);
    if (before === after) continue;
    let low = day;
    let high = day + DAY_MS;
    while (high - low > MINUTE_MS) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
      if (offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    const [fromMs, toMs] = [high + Math.min(before, after), high + Math.max(before, after)];
    found.push({ kind: after > before ? 'gap' : 'fold', fromMs, toMs });
  }
  return found;
}

/** Milliseconds east of UTC at an instant. */
export function offsetReader(timezone: string): (instantMs: number) => number {
  const format = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' });
  return (instantMs) => {
    const name = format.formatToParts(instantMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign = '+', hours = '0', minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  };
}
