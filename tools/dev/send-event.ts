import { CloudEvent } from 'cloudevents';
import { MANUAL_TYPE } from '../../functions/runtime/event/trigger.ts';
import type { Attempt } from '../platform/senders/attempt.ts';
import { postEvent } from '../platform/senders/post-event.ts';

/** What a person asks a task to do. */
export interface Order {
  readonly data: Readonly<Record<string, unknown>>;
  readonly time: Date;
}

/** Posts one event, as a person does with a tool: once, in binary mode. */
export function sendEvent(sink: string, id: string, { data, time }: Order): Promise<Attempt> {
  const event = new CloudEvent({
    id,
    source: '/bi-cron/console',
    type: MANUAL_TYPE,
    time: time.toISOString(),
    datacontenttype: 'application/json',
    data,
  });
  return postEvent(event, { sink, mode: 'binary' });
}
