import { statusOf, type RunEnd } from '../../functions/runtime/outcome.ts';
import { isRetriedByPingSource } from '../stack/senders/delivery.ts';
import { toTriggerResult } from '../stack/senders/trigger-result.ts';

/** What a sender does with an answer. */
export interface SenderReaction {
  readonly sender: 'PingSource' | 'Broker';
  /** The status that this sender gets: a Broker is told apart by `prefer: reply`. */
  readonly status: number | undefined;
  readonly verdict: string;
}

/** Both rows of Knative's behaviour for one answer. `ending`: the run's own, when it had one; `status`: what was answered. */
export function reactionsTo(
  answer: { readonly status: number | undefined; readonly body: string },
  ending: RunEnd | undefined,
  safeToRepeat: boolean,
): SenderReaction[] {
  const statusFor = (viaBroker: boolean): number | undefined =>
    ending === undefined ? answer.status : statusOf(ending, { safeToRepeat, viaBroker });
  const [toPingSource, toBroker] = [statusFor(false), statusFor(true)];
  return [
    { sender: 'PingSource', status: toPingSource, verdict: describePingSource(toPingSource) },
    { sender: 'Broker', status: toBroker, verdict: describeBroker(toBroker, answer.body) },
  ];
}

function describePingSource(status: number | undefined): string {
  if (status !== undefined && status < 300) return 'Acknowledged. The body is dropped.';
  if (isRetriedByPingSource(status))
    return 'Sent again: six attempts in all within 3.1 s of waiting, then the tick is lost.';
  return 'Lost at once: not sent again, and there is no dead letter.';
}

function describeBroker(status: number | undefined, body: string): string {
  const headers = { 'content-type': 'application/cloudevents+json' };
  const result = toTriggerResult({ status, body, headers, durationMs: 0 });
  if (result.kind === 'acknowledged')
    return result.reply === undefined
      ? 'Acknowledged, no reply.'
      : `Acknowledged. The result goes back to the Broker as an event of type ${result.reply.type}.`;
  return result.isRetryable
    ? 'Sent again as spec.delivery says, then the dead letter sink has it.'
    : 'Given to the dead letter sink at once, with status and error body.';
}
