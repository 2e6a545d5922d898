import type { CloudEvent } from 'cloudevents';
import { BACKFILL_TYPE } from '../../functions/runtime/event/event-types.ts';
import { formatRfc3339 } from '../../functions/runtime/rfc3339.ts';
import { createTaskEvent } from '../events/task-event.ts';
import type { BackfillData, BackfillWindow } from './plan.ts';

/** The `source` of every backfill's events, whoever started it: source and id together are what makes an event a repetition. */
const SOURCE = '/bi-cron/backfill';

/** The event of a window; all of it follows from the window and the data, so that the same window always gives the same event. */
export function createWindowEvent(
  task: string,
  { from, end, runKey }: BackfillWindow,
  data: BackfillData,
): CloudEvent<unknown> {
  const window = { start: formatRfc3339(from), end: formatRfc3339(end) };
  const work = { task, id: runKey, runKey, slot: end, data: { ...data, window } };
  return createTaskEvent({ source: SOURCE, type: BACKFILL_TYPE, ...work }, end);
}
