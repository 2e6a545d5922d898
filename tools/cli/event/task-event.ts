import { randomUUID } from 'node:crypto';
import { CloudEvent, HTTP } from 'cloudevents';
import { MANUAL_TYPE, type RawRequest } from '../../../functions/runtime/event/trigger.ts';

/** What a person may say about an event. */
export interface EventOptions {
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  /** The moment the run is for; now when missing. */
  readonly slot?: Date | undefined;
  /** A new one when missing. */
  readonly id?: string | undefined;
  readonly type?: string;
  readonly runKey?: string;
}

/** The `source` of every event of this tool. */
const SOURCE = '/bi-cron/cli';

/** A CloudEvent 1.0 that asks for a run: manual unless `type` says otherwise. A slot off the full minute keeps its seconds. */
export function createTaskEvent(task: string, options: EventOptions, now: Date): CloudEvent<unknown> {
  const { data, slot = now, id = randomUUID(), type = MANUAL_TYPE, runKey } = options;
  const isOffMinute = options.slot !== undefined && slot.getTime() % 60_000 !== 0;
  return new CloudEvent<unknown>({
    source: SOURCE,
    type,
    id,
    subject: task,
    time: slot.toISOString(),
    ...(runKey === undefined ? {} : { runkey: runKey }),
    ...(isOffMinute ? { slotunit: 'second' } : {}),
    ...(data === undefined ? {} : { datacontenttype: 'application/json', data }),
  });
}

/** The event in structured mode, the body of a request. */
export function toStructured(event: CloudEvent<unknown>): Uint8Array {
  return Buffer.from(String(HTTP.structured(event).body)); // JSON text, whatever its declared type
}

/** The request that carries an event in structured mode. */
export function toRequest(body: Uint8Array): RawRequest {
  return { method: 'POST', url: '/', rawHeaders: ['content-type', 'application/cloudevents+json'], body };
}
