import { invalidEvent } from '../run-error.ts';
import type { StrictEvent } from './cloud-event.ts';
import type { TriggerKind } from './event-types.ts';

const MIN_TIME = new Date('2000-01-01T00:00:00Z'); // a zero time is a sender's mistake, and no window can end there

/**
 * The minute that an event's run belongs to; the second with the extension `slotunit: second`. Only a manual event may
 * leave out its time, and means `now`. Throws `rejected: event`.
 */
export function readSlot({ time, extensions }: StrictEvent, kind: TriggerKind, now: Date): Date {
  if (time === undefined && kind !== 'manual') throw invalidEvent('ce-time', 'the time of the tick', undefined);
  if (time !== undefined && time < MIN_TIME) throw invalidEvent('ce-time', 'a time since 2000', time.toISOString());
  const unitMs = readUnit(extensions.get('slotunit') ?? 'minute');
  return new Date(Math.floor((time ?? now).getTime() / unitMs) * unitMs);
}

function readUnit(unit: string): number {
  if (unit === 'minute') return 60_000;
  if (unit === 'second') return 1000;
  throw invalidEvent('ce-slotunit', '"minute" or "second"', unit);
}
