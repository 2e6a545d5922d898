import { readCloudEvent } from './cloud-event.ts';
import { readKind, type TriggerKind } from './event-types.ts';
import { readHeaders, readTraceparent } from './headers.ts';
import { requireIdentityEncoding, requirePostToRoot, type RawRequest } from './http-request.ts';
import { readRunKey } from './run-key.ts';
import { readSlot } from './slot.ts';

/** What asked for a run, read from one CloudEvent. */
export interface Trigger {
  readonly kind: TriggerKind;
  /** The event's id; sent on as `x-request-id`. */
  readonly eventId: string;
  /** The minute (second with `slotunit: second`) that the run belongs to. */
  readonly slot: Date;
  /** The name of the piece of work: equal keys are worked on once. Printable ASCII. */
  readonly runKey: string;
  readonly traceparent: string;
  /** True when a Broker or Channel delivers (`prefer: reply`); a PingSource never sends that header. */
  readonly viaBroker: boolean;
  readonly data: Record<string, unknown> | undefined;
}

/**
 * Reads the trigger of `task` from a request. Throws `rejected: method` (405) and `rejected: event` (400) with the
 * offending attribute as `field`.
 */
export function readTrigger(request: RawRequest, task: string, now: Date): Trigger {
  requirePostToRoot(request);
  const headers = readHeaders(request.rawHeaders);
  requireIdentityEncoding(headers);
  const event = readCloudEvent(headers, request.body);
  const kind = readKind(event.type);
  const slot = readSlot(event, kind, now);
  return {
    kind,
    slot,
    eventId: event.id,
    runKey: readRunKey(event, task, kind, slot),
    traceparent: readTraceparent(headers.get('traceparent') ?? event.extensions.get('traceparent')),
    viaBroker: headers.get('prefer') === 'reply',
    data: event.data,
  };
}
