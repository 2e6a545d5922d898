import { readCloudEvent, type StrictEvent } from './cloud-event.ts';
import { readHeaders, type Headers } from './headers.ts';
import { invalidEvent, RunError, quoteValue } from '../run-error.ts';
import { formatRfc3339 } from '../rfc3339.ts';
import { readTraceparent } from './traceparent.ts';

export type TriggerKind = 'scheduled' | 'manual' | 'backfill';

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

/** An HTTP request as the host received it. */
export interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

/** The type of every tick of a PingSource (knative eventing `PingSourceEventType`). */
export const PING_TYPE = 'dev.knative.sources.ping';
/** The type that our own tools send to run a task now; any other unknown type is treated the same. */
export const MANUAL_TYPE = 'bi.cron.run.requested';
/** The type of one window of a backfill. */
export const BACKFILL_TYPE = 'bi.cron.backfill.requested';
/** Our own answers start like this; a Trigger without a filter would feed them back for ever. */
export const RESULT_TYPE_PREFIX = 'bi.cron.run.';

const MIN_TIME = new Date('2000-01-01T00:00:00Z'); // a zero time is a sender's mistake, and no window can end there
const ORIGIN = /^https?:\/\/[^/?#]+\/?/i; // a request through a proxy names it (RFC 9112 §3.2.2)
const PRINTABLE = /^[\x21-\x7e]{1,256}$/;

/**
 * Reads the trigger of `task` from a request. Throws `rejected: method` (405) and `rejected: event` (400) with the
 * offending attribute as `field`.
 */
export function readTrigger(request: RawRequest, task: string, now: Date): Trigger {
  requirePostToRoot(request);
  const headers = readHeaders(request.rawHeaders);
  requireIdentityEncoding(headers);
  const event = readCloudEvent(headers, request.body);
  const kind = kindOf(event.type);
  const slot = slotOf(event, kind, now);
  return {
    kind,
    slot,
    eventId: event.id,
    runKey: runKeyOf(event, task, kind, slot),
    traceparent: readTraceparent(headers.get('traceparent') ?? event.extensions.get('traceparent')),
    viaBroker: headers.get('prefer') === 'reply',
    data: event.data,
  };
}

function requirePostToRoot({ method, url }: RawRequest): void {
  if (method !== 'POST') {
    throw new RunError({ outcome: 'rejected', reason: 'method' }, `method: expected POST, got ${quoteValue(method)}`, {
      field: 'method',
    });
  }
  const path = url.replace(ORIGIN, '/').split('?', 1)[0];
  if (path !== '/') throw invalidEvent('path', '/', path);
}

function requireIdentityEncoding(headers: Headers): void {
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') throw invalidEvent('content-encoding', 'no encoding', encoding);
}

function kindOf(type: string): TriggerKind {
  if (type === PING_TYPE) return 'scheduled';
  if (type === BACKFILL_TYPE) return 'backfill';
  if (type !== MANUAL_TYPE && type.startsWith(RESULT_TYPE_PREFIX)) {
    throw invalidEvent('ce-type', `a request such as ${MANUAL_TYPE}, not one of our own results`, type);
  }
  return 'manual';
}

function slotOf({ time, extensions }: StrictEvent, kind: TriggerKind, now: Date): Date {
  if (time === undefined && kind !== 'manual') throw invalidEvent('ce-time', 'the time of the tick', undefined);
  if (time !== undefined && time < MIN_TIME) throw invalidEvent('ce-time', 'a time since 2000', time.toISOString());
  const unit = extensions.get('slotunit') ?? 'minute';
  if (unit !== 'minute' && unit !== 'second') throw invalidEvent('ce-slotunit', '"minute" or "second"', unit);
  const unitMs = unit === 'minute' ? 60_000 : 1000;
  return new Date(Math.floor((time ?? now).getTime() / unitMs) * unitMs);
}

function runKeyOf({ id, extensions }: StrictEvent, task: string, kind: TriggerKind, slot: Date): string {
  if (kind === 'scheduled') return `${task}@${formatRfc3339(slot)}`;
  const own = extensions.get('runkey');
  if (own === undefined) return `${task}@manual:${toAscii(id)}`;
  if (!PRINTABLE.test(own)) throw invalidEvent('ce-runkey', '1 to 256 printable ASCII characters without spaces', own);
  return own;
}

/** Percent-encodes what may not stand in gRPC metadata, and the percent sign, so that different texts stay different. */
export function toAscii(text: string): string {
  return text.replaceAll(/[^\x21-\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character));
}
