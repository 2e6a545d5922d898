import { createHash } from 'node:crypto';
import type { CloudEvent } from 'cloudevents';
import { BACKFILL_TYPE } from '../../functions/runtime/event/event-types.ts';
import { formatRfc3339 } from '../../functions/runtime/rfc3339.ts';
import { createTaskEvent } from '../events/task-event.ts';

/** One event of a backfill. */
export interface BackfillWindow {
  /** The slice that this window is for; slices neither overlap nor leave a gap. */
  readonly start: Date;
  readonly end: Date;
  /** Where the request's window begins: the slice's start less the overlap. */
  readonly from: Date;
  /** Of the slice and the data alone: a second start of the same backfill has the same keys. */
  readonly runKey: string;
}

/** The further fields of each request of a backfill. */
export type BackfillData = Readonly<Record<string, unknown>> | undefined;

/** The `source` of every backfill's events: source and id together are what makes an event a repetition. */
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

/** `<task>@backfill:<start>/<end>`, and a digest of the data when there is any: no data and empty data ask for the same work. */
export function backfillRunKey(task: string, start: Date, end: Date, data: BackfillData): string {
  const slice = `${formatRfc3339(start)}/${formatRfc3339(end)}`;
  const isPlain = data === undefined || Object.keys(data).length === 0;
  return `${task}@backfill:${slice}${isPlain ? '' : `#${digest(data)}`}`;
}

/** Eight hex digits of an object's content, whatever the order of its keys; what is undefined counts as absent. */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 8);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const sorted = entries.toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(',')}}`;
}
