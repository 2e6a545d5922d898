import { createTaskEvent } from '../events/task-event.ts';
import type { PostResult } from '../stack/post.ts';
import { postEvent } from '../stack/post.ts';

/** What a person asks a task to do. */
export interface RunRequest {
  readonly data: Readonly<Record<string, unknown>>;
  readonly time: Date;
}

/** Posts one event, as a person does with a tool: once, in binary mode. */
export function sendEvent(sink: string, id: string, { data, time }: RunRequest): Promise<PostResult> {
  const event = createTaskEvent({ source: '/bi-cron/console', id, data }, time);
  return postEvent(event, { sink, mode: 'binary' });
}
