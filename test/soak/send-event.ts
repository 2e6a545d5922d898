import { CloudEvent } from 'cloudevents';
import { PING_TYPE } from '../../functions/runtime/event/event-types.ts';
import { isSuccess } from '../../tools/stack/senders/delivery.ts';
import { postEvent } from '../../tools/stack/post.ts';
import { TASK } from './soak-platform.ts';

const SOURCE = `/apis/v1/namespaces/default/pingsources/${TASK}`;

/** Sends a tick once; how it ended, `outcome: reason`, as the answer's body says. */
export async function sendTick(sink: string, slot: Date): Promise<string> {
  const event = new CloudEvent({ type: PING_TYPE, source: SOURCE, time: slot.toISOString() });
  const attempt = await postEvent(event, { sink, mode: 'binary' });
  if (attempt.status === undefined) return `no answer: ${attempt.error}`;
  const body = JSON.parse(attempt.body) as {
    outcome?: string;
    reason?: string;
    data?: { outcome?: string; reason?: string };
  }; // one of our two forms
  const { outcome = 'none', reason = outcome } = (isSuccess(attempt) ? body.data : body) ?? {};
  return `${outcome}: ${reason}`;
}

/** How often each ending came, most often first: `done: done 9512, unavailable: backend 488`. */
export function describeEndings(endings: readonly string[]): string {
  const groups = [...Map.groupBy(endings, (ending) => ending)].map(([ending, same]) => [ending, same.length] as const);
  return groups
    .toSorted((a, b) => b[1] - a[1])
    .map(([ending, count]) => `${ending} ${count}`)
    .join(', ');
}
