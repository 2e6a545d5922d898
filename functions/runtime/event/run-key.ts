import { isObject } from '../object.ts';
import { formatRfc3339, parseRfc3339 } from '../rfc3339.ts';
import { Description, invalidEvent, quoteValue } from '../run-error.ts';
import type { StrictEvent } from './cloud-event.ts';
import { MANUAL_TYPE, type TriggerKind } from './event-types.ts';
import { readSlot, requirePlausible } from './slot.ts';

/** Which piece of work an event asks for. */
export interface Work {
  /** Equal keys are worked on once. Printable ASCII. */
  readonly runKey: string;
  /** The minute (second with `slotunit: second`) that the run belongs to. */
  readonly slot: Date;
  /** The run that a person runs again, whatever became of it: the same as `runKey`. */
  readonly rerunOf?: string;
  /** The event's id when it runs something again: it distinguishes the attempts of one key. */
  readonly attempt?: string;
}

const PRINTABLE = /^[\x21-\x7e]{1,256}$/;

/**
 * The run key and slot of an event: task and slot for a tick, which two firings of one tick share; otherwise the extension
 * `runkey`, or task and id. The extension `rerunof` names the key of an earlier run. Throws `rejected: event`.
 */
export function readWork(event: StrictEvent, task: string, kind: TriggerKind, now: Date): Work {
  const { id, type, extensions } = event;
  const rerunOf = extensions.get('rerunof');
  if (rerunOf !== undefined) {
    if (type !== MANUAL_TYPE) throw invalidEvent('ce-rerunof', `it in an event of type ${MANUAL_TYPE} only`, rerunOf);
    return { slot: readRerunSlot(rerunOf, event, task, now), runKey: rerunOf, rerunOf, attempt: id };
  }
  const slot = readSlot(event, kind, now);
  if (kind === 'scheduled') return { slot, runKey: scheduledRunKey(task, slot) };
  const own = extensions.get('runkey');
  if (own === undefined) return { slot, runKey: manualRunKey(task, id) };
  requirePrintable('ce-runkey', own);
  if (timeOf(own) !== undefined) {
    const got = `${quoteValue(own)}, a tick's own; to run that tick again name it in the extension rerunof`;
    throw invalidEvent('ce-runkey', 'a name of your own', new Description(got));
  }
  return { slot, runKey: own };
}

/** A tick's key contains its slot. With any other the event has to say what the run is for: by its time, or by a window. */
function readRerunSlot(rerunOf: string, event: StrictEvent, task: string, now: Date): Date {
  requirePrintable('ce-rerunof', rerunOf);
  if (event.extensions.has('runkey'))
    throw invalidEvent('ce-runkey', 'none beside rerunof', event.extensions.get('runkey'));
  const other = taskOf(rerunOf) ?? task;
  if (other !== task) throw invalidEvent('ce-rerunof', `a run key of ${task}`, rerunOf);
  const time = timeOf(rerunOf);
  if (time === undefined) {
    if (event.time === undefined && !isObject(event.data?.['window'])) {
      throw invalidEvent('ce-time', 'a time, or data.window, because rerunof names no slot', undefined);
    }
    return readSlot(event, 'manual', now);
  }
  if (scheduledRunKey(task, time) !== rerunOf) {
    throw invalidEvent('ce-rerunof', `a slot written as ${scheduledRunKey(task, time)}`, rerunOf);
  }
  requirePlausible('ce-rerunof', time, now);
  return time;
}

function requirePrintable(field: string, key: string): void {
  if (!PRINTABLE.test(key)) throw invalidEvent(field, '1 to 256 printable ASCII characters without spaces', key);
}

/** The task in a run key; undefined in one of a sender's own. */
export function taskOf(runKey: string): string | undefined {
  return /^([a-z][a-z0-9-]*)@/.exec(runKey)?.[1];
}

/** The slot in a key that is written like a tick's. */
function timeOf(runKey: string): Date | undefined {
  const [, time = ''] = /^[^@]+@(.+)$/.exec(runKey) ?? [];
  const instant = parseRfc3339(time);
  return instant && new Date(instant.seconds * 1000);
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
