import { randomUUID } from 'node:crypto';
import { CloudEvent, HTTP } from 'cloudevents';
import { MANUAL_TYPE } from '../../functions/runtime/event/event-types.ts';
import type { RawRequest } from '../../functions/runtime/event/http-request.ts';

/** What is said of an event that a tool sends. */
export interface TaskEvent {
  /** The tool. */
  readonly source: string;
  /** Its subject; none when missing. */
  readonly task?: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  /** The moment the run is for; the minute of now when missing. */
  readonly slot?: Date | undefined;
  /** A new one when missing. */
  readonly id?: string | undefined;
  /** Manual when missing. */
  readonly type?: string;
  readonly runKey?: string;
}

/** A CloudEvent 1.0 that asks for a run. A given slot off the full minute keeps its seconds. */
export function createTaskEvent(event: TaskEvent, now: Date): CloudEvent<unknown> {
  const { source, task, data, slot, id = randomUUID(), type = MANUAL_TYPE, runKey } = event;
  const isOffMinute = slot !== undefined && slot.getTime() % 60_000 !== 0;
  return new CloudEvent<unknown>({
    source,
    type,
    id,
    ...(task === undefined ? {} : { subject: task }),
    time: (slot ?? now).toISOString(),
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
