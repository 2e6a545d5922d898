import type { CloudEventV1 } from 'cloudevents';
import { isObject } from '../../../functions/runtime/object.ts';
import type { PostResult } from '../post.ts';
import { isRetriedByBroker, isSuccess } from './delivery.ts';
import { isJson, mediaType } from './wire-event.ts';

/** What became of the last attempt, as the dispatcher knows it. */
export interface DispatchError {
  readonly code: number;
  /** The subscriber's error body, or the transport error. */
  readonly data: string;
}

/** What a Broker makes of one attempt to deliver to a Trigger's subscriber. */
export type TriggerResult =
  | { readonly kind: 'acknowledged'; readonly reply?: CloudEventV1<unknown> }
  | {
      readonly kind: 'failed';
      readonly isRetryable: boolean;
      /** What a dead letter says of it; unset where the dispatcher cannot tell, and the dead letter says nothing. */
      readonly error?: DispatchError;
    };

/**
 * knative eventing: `broker/filter` (the reply rule), `kncloudevents` SelectiveRetry and executeRequest.
 * A 2xx with a body that is no CloudEvent becomes a bare 502, and a timeout strikes between dispatcher and filter:
 * neither leaves the error information from which a dead letter's `knativeerror*` extensions are made.
 */
export function toTriggerResult(attempt: PostResult): TriggerResult {
  const { status, body, error = '', timedOut = false } = attempt;
  if (timedOut) return { kind: 'failed', isRetryable: true };
  if (status === undefined)
    return { kind: 'failed', isRetryable: true, error: { code: 500, data: `dispatch error: ${error}` } };
  if (!isSuccess(attempt))
    return { kind: 'failed', isRetryable: isRetriedByBroker(status), error: { code: status, data: body } };
  const reply = readReply(attempt);
  if (reply.kind === 'not-an-event') return { kind: 'failed', isRetryable: true };
  return { kind: 'acknowledged', ...(reply.kind === 'event' && { reply: reply.event }) };
}

/** What a Broker makes of the body of a 2xx. */
export type Reply =
  | { readonly kind: 'empty' }
  | { readonly kind: 'event'; readonly event: CloudEventV1<unknown> }
  | { readonly kind: 'not-an-event' };

const REQUIRED = ['id', 'source', 'type'];
const NOT_AN_EVENT: Reply = { kind: 'not-an-event' };

/**
 * Reads a 2xx as knative eventing's broker filter (`writeResponse`) does: a CloudEvents 1.0 event in structured or
 * binary mode, nothing at all, or something else. Nothing is filled in: an answer that lacks `id`, `source` or `type`
 * is no event, and one without `time` has none. (The cloudevents package would invent `id` and `time`.)
 */
export function readReply({ headers, body, error }: PostResult): Reply {
  if (error !== undefined) return NOT_AN_EVENT;
  const contentType = headers['content-type'] ?? '';
  const isStructured = mediaType(contentType) === 'application/cloudevents+json';
  if (!isStructured && headers['ce-specversion'] === undefined) return body === '' ? { kind: 'empty' } : NOT_AN_EVENT;
  const event = isStructured ? readStructured(body) : readBinary(headers, body);
  return isEvent(event) ? { kind: 'event', event } : NOT_AN_EVENT;
}

function readStructured(body: string): unknown {
  const event = parseJson(body);
  return isObject(event) && isJsonText(event) ? { ...event, data: JSON.stringify(event['data']) } : event;
}

/** A JSON string as data is kept encoded: as a bare string it would pass for the encoding itself. */
function isJsonText({ data, datacontenttype }: Record<string, unknown>): boolean {
  return typeof data === 'string' && (typeof datacontenttype !== 'string' || isJson(datacontenttype));
}

function readBinary(headers: PostResult['headers'], body: string): unknown {
  const contentType = headers['content-type'];
  const attributes = Object.entries(headers)
    .filter(([name]) => name.startsWith('ce-'))
    .map(([name, value]) => [name.slice('ce-'.length), value]);
  const value = isJson(contentType) ? parseJson(body) : undefined;
  return {
    ...Object.fromEntries(attributes),
    ...(contentType !== undefined && { datacontenttype: contentType }),
    ...(body !== '' && { data: isObject(value) ? value : body }),
  };
}

function isEvent(value: unknown): value is CloudEventV1<unknown> {
  return (
    isObject(value) &&
    value['specversion'] === '1.0' &&
    REQUIRED.every((name) => typeof value[name] === 'string' && value[name] !== '')
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
