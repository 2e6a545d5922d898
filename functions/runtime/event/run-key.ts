import { formatRfc3339 } from '../rfc3339.ts';
import { invalidEvent } from '../run-error.ts';
import type { StrictEvent } from './cloud-event.ts';
import type { TriggerKind } from './event-types.ts';

const PRINTABLE = /^[\x21-\x7e]{1,256}$/;

/**
 * The name of the piece of work that an event asks for: task and slot for a tick, which two firings of one tick share;
 * otherwise the extension `runkey`, or task and id. Throws `rejected: event`.
 */
export function readRunKey({ id, extensions }: StrictEvent, task: string, kind: TriggerKind, slot: Date): string {
  if (kind === 'scheduled') return scheduledRunKey(task, slot);
  const own = extensions.get('runkey');
  if (own === undefined) return manualRunKey(task, id);
  if (!PRINTABLE.test(own)) throw invalidEvent('ce-runkey', '1 to 256 printable ASCII characters without spaces', own);
  return own;
}

/** The key of a tick. */
export function scheduledRunKey(task: string, slot: Date): string {
  return `${task}@${formatRfc3339(slot)}`;
}

/** The key of an event that names none. */
export function manualRunKey(task: string, eventId: string): string {
  return `${task}@manual:${toAscii(eventId)}`;
}

/** Percent-encodes what may not stand in gRPC metadata, and the percent sign, so that different texts stay different. */
export function toAscii(text: string): string {
  return text.replaceAll(/[^\x21-\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character));
}
