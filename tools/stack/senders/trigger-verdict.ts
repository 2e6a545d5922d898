import type { CloudEventV1 } from 'cloudevents';
import type { Attempt } from './attempt.ts';
import type { DispatchError } from './dead-letter.ts';
import { isSuccess } from './delivery.ts';
import { readReply } from './reply-event.ts';

/** What a Broker makes of one attempt to deliver to a Trigger's subscriber. */
export type TriggerVerdict =
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
export function judgeAttempt(attempt: Attempt): TriggerVerdict {
  const { status, body, error = '', timedOut = false } = attempt;
  if (timedOut) return { kind: 'failed', isRetryable: true };
  if (status === undefined)
    return { kind: 'failed', isRetryable: true, error: { code: 500, data: `dispatch error: ${error}` } };
  if (!isSuccess(attempt))
    return { kind: 'failed', isRetryable: isRetriedStatus(status), error: { code: status, data: body } };
  const reply = readReply(attempt);
  if (reply.kind === 'not-an-event') return { kind: 'failed', isRetryable: true };
  return { kind: 'acknowledged', ...(reply.kind === 'event' && { reply: reply.event }) };
}

/** Whether the dispatcher sends again after this status (SelectiveRetry): 413 and 425 not, unlike PingSource. */
export function isRetriedStatus(status: number): boolean {
  return status >= 500 || [404, 408, 409, 429].includes(status);
}
