import { CloudEvent } from 'cloudevents';
import { BACKFILL_TYPE, MANUAL_TYPE } from '../../functions/runtime/event/trigger.ts';
import type { Attempt } from '../platform/senders/attempt.ts';
import { postEvent } from '../platform/senders/post-event.ts';

/** What a person asks a task to do. */
export interface Order {
  readonly data: Readonly<Record<string, unknown>>;
  readonly time: Date;
  /** For one window of a backfill: the name of the piece of work, so that it is done once however often it is asked for. */
  readonly runKey?: string;
  readonly signal?: AbortSignal;
}

/** Posts one event, as a person does with a tool: once, in binary mode. */
export function sendEvent(sink: string, id: string, { data, time, runKey, signal }: Order): Promise<Attempt> {
  const event = new CloudEvent({
    id,
    source: '/bi-cron/console',
    type: runKey === undefined ? MANUAL_TYPE : BACKFILL_TYPE,
    time: time.toISOString(),
    datacontenttype: 'application/json',
    data,
    ...(runKey !== undefined && { runkey: runKey }),
  });
  return postEvent(event, { sink, mode: 'binary', ...(signal && { signal }) });
}
