import { CloudEvent } from 'cloudevents';
import { MANUAL_TYPE } from '../../functions/runtime/event/event-types.ts';
import { startFunction } from '../stack/function-process.ts';
import type { PostResult } from '../stack/post.ts';
import { createPingSource } from '../stack/senders/ping-source.ts';
import { postEvent } from '../stack/post.ts';
import type { Stack } from '../stack/stack.ts';

/** What one run of a task left behind. */
export interface TaskRun {
  readonly task: string;
  readonly attempt: PostResult;
  /** The run's own log line; undefined when the process wrote none. */
  readonly line: Record<string, unknown> | undefined;
  /** From process start to the open port, in ms. */
  readonly startMs: number;
  readonly exit: number | NodeJS.Signals;
}

/** Starts the task's process as the image does, sends it one event, and ends it: scheduled without `data`, else manual. */
export async function runTask(task: string, data: string | undefined, stack: Stack): Promise<TaskRun> {
  const startedAt = performance.now();
  const fn = await startFunction({ task, env: stack.env });
  const startMs = performance.now() - startedAt;
  const attempt = data === undefined ? await tick(task, fn.url) : await postManual(task, data, fn.url);
  const exit = await fn.stop();
  return { task, attempt, line: fn.runs().at(-1), startMs, exit };
}

async function tick(task: string, sink: string): Promise<PostResult> {
  const pingSource = createPingSource({
    name: task,
    namespace: 'bi-cron',
    sink,
    contentType: 'application/json',
    data: '{}',
    random: () => 0,
  });
  const { attempts } = await pingSource.tick();
  return attempts.at(-1) as PostResult; // a delivery has at least one attempt
}

function postManual(task: string, data: string, sink: string): Promise<PostResult> {
  const event = new CloudEvent({
    source: '/bi-cron/make-run',
    type: MANUAL_TYPE,
    subject: task,
    datacontenttype: 'application/json',
    data: JSON.parse(data) as Record<string, unknown>, // whatever it is, the function judges it
  });
  return postEvent(event, { sink, mode: 'structured' });
}
