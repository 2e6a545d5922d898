import { PING_SOURCE_RETRIES } from '../stack/senders/ping-source.ts';
import { statusOf, type RunEnd } from '../../functions/runtime/outcome.ts';
import { judgeAttempt } from '../stack/senders/trigger-verdict.ts';

/** What a sender does with an answer. */
export interface Verdict {
  readonly sender: 'PingSource' | 'Broker';
  /** The status that this sender gets: a Broker is told apart by `prefer: reply`. */
  readonly status: number | undefined;
  readonly verdict: string;
}

/** Both rows of Knative's behaviour for one answer. `ending`: the run's own, when it had one; `status`: what was answered. */
export function judgeAnswer(
  answer: { readonly status: number | undefined; readonly body: string },
  ending: RunEnd | undefined,
  safeToRepeat: boolean,
): Verdict[] {
  const statusFor = (viaBroker: boolean): number | undefined =>
    ending === undefined ? answer.status : statusOf(ending, { safeToRepeat, viaBroker });
  const [toPingSource, toBroker] = [statusFor(false), statusFor(true)];
  return [
    { sender: 'PingSource', status: toPingSource, verdict: judgeAsPingSource(toPingSource) },
    { sender: 'Broker', status: toBroker, verdict: judgeAsBroker(toBroker, answer.body) },
  ];
}

function judgeAsPingSource(status: number | undefined): string {
  if (status !== undefined && status < 300) return 'Acknowledged. The body is dropped.';
  if (status === undefined || PING_SOURCE_RETRIES.has(status))
    return 'Sent again: six attempts in all within 3.1 s of waiting, then the tick is lost.';
  return 'Lost at once: not sent again, and there is no dead letter.';
}

function judgeAsBroker(status: number | undefined, body: string): string {
  const headers = { 'content-type': 'application/cloudevents+json' };
  const verdict = judgeAttempt({ status, body, headers, durationMs: 0 });
  if (verdict.kind === 'acknowledged')
    return verdict.reply === undefined
      ? 'Acknowledged, no reply.'
      : `Acknowledged. The result goes back to the Broker as an event of type ${verdict.reply.type}.`;
  return verdict.isRetryable
    ? 'Sent again as spec.delivery says, then the dead letter sink has it.'
    : 'Given to the dead letter sink at once, with status and error body.';
}
