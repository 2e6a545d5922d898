import { randomUUID } from 'node:crypto';
import { CloudEvent, HTTP } from 'cloudevents';
import { MANUAL_TYPE } from '../../functions/runtime/event/event-types.ts';
import type { RawRequest } from '../../functions/runtime/event/http-request.ts';

/** What is said of an event that a tool sends. */
export interface TaskEvent {
  /** The tool. */
  readonly source: string;
  /** Whom it is for: its subject, by which a function refuses what is another's. */
  readonly task: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  /** The moment the run is for; the minute of now when missing. */
  readonly slot?: Date | undefined;
  /** A new one when missing. */
  readonly id?: string | undefined;
  /** Manual when missing. */
  readonly type?: string;
  readonly runKey?: string;
  /** The key of an earlier run that is to be done once more. */
  readonly rerunOf?: string | undefined;
  /** Why, for readers of the event. */
  readonly why?: string | undefined;
}

/** A CloudEvent 1.0 that asks for a run. A given slot off the full minute keeps its seconds. */
export function createTaskEvent(event: TaskEvent, now: Date): CloudEvent<unknown> {
  const { source, task, data, slot, id = randomUUID(), type = MANUAL_TYPE, runKey, rerunOf, why } = event;
  const isOffMinute = slot !== undefined && slot.getTime() % 60_000 !== 0;
  return new CloudEvent<unknown>({
    source,
    type,
    id,
    subject: task,
    time: (slot ?? now).toISOString(),
    ...(runKey === undefined ? {} : { runkey: runKey }),
    ...(rerunOf === undefined ? {} : { rerunof: rerunOf }),
    ...(why === undefined ? {} : { why }),
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
