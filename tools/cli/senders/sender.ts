import type { CloudEvent } from 'cloudevents';
import type { Attempt } from '../../platform/senders/attempt.ts';

/** A way to a function: its URL, or this very process. */
export interface Sender {
  /** Where it leads, in words. */
  readonly destination: string;
  /** Sends the event once and waits for the answer; a broken transport is an attempt, no rejection. */
  send(event: CloudEvent<unknown>, signal: AbortSignal): Promise<Attempt>;
  close(): Promise<void>;
}
