import type { Redact } from '../redact.ts';
import { Description, invalidEvent, RunError, type EventIdentity } from '../run-error.ts';
import { readIdentity } from './attributes.ts';
import { readCloudEvent, type StrictEvent } from './cloud-event.ts';
import { readKind, type TriggerKind } from './event-types.ts';
import { prefersReply, readAttributes, readHeaders, readTraceparent } from './headers.ts';
import { requireIdentityEncoding, requirePostToRoot, type RawRequest } from './http-request.ts';
import { readWork, type Work } from './run-key.ts';

/** What asked for a run, read from one CloudEvent. */
export interface Trigger extends Work {
  readonly kind: TriggerKind;
  /** The event's id; sent on as `x-request-id`. */
  readonly eventId: string;
  readonly eventSource: string;
  readonly eventType: string;
  readonly traceparent: string;
  /** True when a Broker or Channel delivers. */
  readonly viaBroker: boolean;
  readonly data: Record<string, unknown> | undefined;
}

/**
 * Reads the trigger of `task` from a request. Throws `rejected: method` (405) and `rejected: event` (400) with the
 * offending attribute as `field`, and the event's identity as far as it was readable. A run key in which `redact` finds a
 * secret is refused: shown without it, it would name another piece of work.
 */
export function readTrigger(request: RawRequest, task: string, now: Date, redact: Redact = (text) => text): Trigger {
  let event: StrictEvent | undefined;
  try {
    requirePostToRoot(request);
    const headers = readHeaders(request.rawHeaders);
    requireIdentityEncoding(headers);
    event = readCloudEvent(headers, request.body);
    const kind = readKind(event, task);
    const work = readWork(event, task, kind, now);
    if (redact(work.runKey) !== work.runKey) throw invalidEvent(keyField(event), 'no secret', new Description('one'));
    return {
      ...work,
      kind,
      eventId: event.id,
      eventSource: event.source,
      eventType: event.type,
      traceparent: readTraceparent(headers.get('traceparent') ?? event.extensions.get('traceparent')),
      viaBroker: prefersReply(headers),
      data: event.data,
    };
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    throw error.about(event ?? identifyByHeaders(request.rawHeaders));
  }
}

/** The attribute that makes the run key of an event. */
function keyField({ extensions }: StrictEvent): string {
  return `ce-${['rerunof', 'runkey'].find((name) => extensions.has(name)) ?? 'id'}`;
}

/** The identity of an event in binary mode; an attribute that came twice is left out. */
function identifyByHeaders(rawHeaders: readonly string[]): EventIdentity {
  const headers = new Map<string, string>();
  for (const name of ['ce-id', 'ce-source', 'ce-type']) {
    const values = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
    if (values.length === 1) headers.set(name, String(values[0]));
  }
  return readIdentity(readAttributes(headers));
}
