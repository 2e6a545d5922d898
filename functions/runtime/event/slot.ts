import { Description, invalidEvent, quoteValue } from '../run-error.ts';
import type { StrictEvent } from './cloud-event.ts';
import type { TriggerKind } from './event-types.ts';

const MIN_TIME = new Date('2000-01-01T00:00:00Z'); // a zero time is a sender's mistake, and no window can end there
const MAX_AHEAD_MS = 15 * 60_000; // a tick that ran before its time would make the real one a duplicate

/** A slot's length, and how much before its beginning a schedule's timer may fire. */
const UNITS = {
  minute: { ms: 60_000, earlyMs: 1000 },
  second: { ms: 1000, earlyMs: 100 },
} as const satisfies Record<string, { ms: number; earlyMs: number }>;

/**
 * The minute that an event's run belongs to; the second with the extension `slotunit: second`. A tick that fired a little
 * early belongs to the slot that is about to begin. Only a manual event may leave out its time, and means `now`.
 * Throws `rejected: event`.
 */
export function readSlot({ time, extensions }: StrictEvent, kind: TriggerKind, now: Date): Date {
  if (time === undefined && kind !== 'manual') throw invalidEvent('ce-time', 'the time of the tick', undefined);
  if (time !== undefined) requirePlausible('ce-time', time, now);
  const { ms, earlyMs } = readUnit(extensions.get('slotunit') ?? 'minute');
  const at = (time ?? now).getTime() + (kind === 'scheduled' ? earlyMs : 0);
  return new Date(Math.floor(at / ms) * ms);
}

/** Refuses a time before 2000, and one that is more than 15 minutes ahead of this process's clock. */
export function requirePlausible(field: string, time: Date, now: Date): void {
  if (time < MIN_TIME) throw invalidEvent(field, 'a time since 2000', time.toISOString());
  if (time.getTime() - now.getTime() <= MAX_AHEAD_MS) return;
  const got = `${quoteValue(time.toISOString())}: is the sender's clock fast, or this one slow?`;
  throw invalidEvent(field, `at most 15 minutes after this clock's ${now.toISOString()}`, new Description(got));
}

function readUnit(unit: string): (typeof UNITS)[keyof typeof UNITS] {
  if (unit === 'minute' || unit === 'second') return UNITS[unit];
  throw invalidEvent('ce-slotunit', '"minute" or "second"', unit);
}
