import { setTimeout } from 'node:timers/promises';
import type { CloudEventV1 } from 'cloudevents';
import type { PostResult } from '../post.ts';

/**
 * How an event ended for its sender.
 * - `acknowledged`: the sink took it.
 * - `lost`: given up (or stopped by the signal); the event is gone.
 * - `dead-letter`: given up, and the dead letter sink took it. Broker only.
 * - `dispatcher-crash`: the error body is one that kills Knative's in-memory dispatcher. Broker only.
 */
export type DeliveryResult = 'acknowledged' | 'lost' | 'dead-letter' | 'dispatcher-crash';

export interface Delivery {
  readonly eventId: string;
  /** What the sink was sent, in order; empty when the signal came before the first. */
  readonly attempts: readonly PostResult[];
  readonly ending: DeliveryResult;
  /** The event that the sink answered with. Broker only. */
  readonly reply?: CloudEventV1<unknown>;
  /** What the dead letter sink was sent, in order; present when there is such a sink and it was tried. */
  readonly deadLetterAttempts?: readonly PostResult[];
}

/** Waits `ms`. May end early, and may reject, once the signal is aborted. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<unknown>;

/** The clock, random source and time-outs of a sender: parameters, so that a test or accelerated time need not wait. */
export interface SenderContext {
  readonly sleep?: Sleep;
  readonly now?: () => Date;
  /** In [0, 1), as Math.random. */
  readonly random?: () => number;
  /** Once aborted, nothing more is sent and the delivery ends as `lost`. */
  readonly signal?: AbortSignal;
}

export interface RetryPolicy {
  /** One wait before each retry: its length is the number of retries. */
  readonly waitsMs: readonly number[];
  readonly isRetryable: (attempt: PostResult) => boolean;
}

export const sleepForReal: Sleep = (ms, signal) => setTimeout(ms, undefined, signal && { signal });

/** Sends until an attempt is not to be retried, the waits are used up, or the signal is aborted. */
export async function sendWithRetries(
  send: () => Promise<PostResult>,
  { waitsMs, isRetryable }: RetryPolicy,
  sleep: Sleep,
  signal: AbortSignal | undefined,
): Promise<PostResult[]> {
  const attempts: PostResult[] = [];
  const isStopped = (): boolean => signal?.aborted === true;
  while (!isStopped()) {
    const attempt = await send();
    const waitMs = waitsMs[attempts.length];
    attempts.push(attempt);
    if (waitMs === undefined || !isRetryable(attempt)) break;
    await pause(waitMs, sleep, signal);
  }
  return attempts;
}

/** Sleeps, and returns early without an error when the signal is aborted. */
export async function pause(ms: number, sleep: Sleep, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return;
  try {
    await sleep(ms, signal);
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/** Whether the sink said 2xx. */
export function isSuccess({ status }: PostResult): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

/** What each sender sends again. PingSource: cloudevents/sdk-go `defaultIsRetriableFunc`; all else loses the tick, 500 included. */
const PING_SOURCE_RETRIES: ReadonlySet<number> = new Set([404, 413, 425, 429, 502, 503, 504]);
/** A Broker's dispatcher: kncloudevents SelectiveRetry. 413 and 425 not, unlike PingSource. */
const BROKER_RETRIES_BELOW_500: ReadonlySet<number> = new Set([404, 408, 409, 429]);

/** Whether PingSource sends again after this status; undefined is a transport error. */
export function isRetriedByPingSource(status: number | undefined): boolean {
  return status === undefined || PING_SOURCE_RETRIES.has(status);
}

/** Whether a Broker sends again after this status; undefined is a transport error. */
export function isRetriedByBroker(status: number | undefined): boolean {
  return status === undefined || status >= 500 || BROKER_RETRIES_BELOW_500.has(status);
}
