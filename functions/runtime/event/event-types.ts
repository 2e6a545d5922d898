import { invalidEvent } from '../run-error.ts';
import type { StrictEvent } from './cloud-event.ts';

export type TriggerKind = 'scheduled' | 'manual' | 'backfill';

/** The type of every tick of a PingSource (knative eventing `PingSourceEventType`). */
export const PING_TYPE = 'dev.knative.sources.ping';
/** The type that our own tools send to run a task now; a type that is not ours is treated the same. */
export const MANUAL_TYPE = 'bi.cron.run.requested';
/** The type of one window of a backfill. */
export const BACKFILL_TYPE = 'bi.cron.backfill.requested';
/** Our own answers start like this. */
export const RESULT_TYPE_PREFIX = 'bi.cron.run.';
const OWN_PREFIX = 'bi.cron.';

/**
 * What an event asks for, by its type. Of our own types only the two requests are taken: a Trigger without a filter would
 * feed our results and reports back endlessly. Their subject is the task, when there is one: an event for another task came
 * to the wrong function. Throws `rejected: event`.
 */
export function readKind({ type, subject }: Pick<StrictEvent, 'type' | 'subject'>, task: string): TriggerKind {
  if (type === PING_TYPE) return 'scheduled';
  if (!type.startsWith(OWN_PREFIX)) return 'manual';
  if (type !== MANUAL_TYPE && type !== BACKFILL_TYPE) {
    throw invalidEvent('ce-type', `${MANUAL_TYPE} or ${BACKFILL_TYPE}, no other of ${OWN_PREFIX}*`, type);
  }
  if (subject !== undefined && subject !== task) throw invalidEvent('ce-subject', `"${task}", this function`, subject);
  return type === BACKFILL_TYPE ? 'backfill' : 'manual';
}
