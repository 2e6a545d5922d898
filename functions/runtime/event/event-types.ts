import { invalidEvent } from '../run-error.ts';

export type TriggerKind = 'scheduled' | 'manual' | 'backfill';

/** The type of every tick of a PingSource (knative eventing `PingSourceEventType`). */
export const PING_TYPE = 'dev.knative.sources.ping';
/** The type that our own tools send to run a task now; any other unknown type is treated the same. */
export const MANUAL_TYPE = 'bi.cron.run.requested';
/** The type of one window of a backfill. */
export const BACKFILL_TYPE = 'bi.cron.backfill.requested';
/** Our own answers start like this; a Trigger without a filter would feed them back for ever. */
export const RESULT_TYPE_PREFIX = 'bi.cron.run.';

/** What an event of this type asks for. Throws `rejected: event` for our own results. */
export function readKind(type: string): TriggerKind {
  if (type === PING_TYPE) return 'scheduled';
  if (type === BACKFILL_TYPE) return 'backfill';
  if (type !== MANUAL_TYPE && type.startsWith(RESULT_TYPE_PREFIX)) {
    throw invalidEvent('ce-type', `a request such as ${MANUAL_TYPE}, not one of our own results`, type);
  }
  return 'manual';
}
