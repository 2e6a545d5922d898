import { createFunction, type FunctionOptions } from '../../functions/runtime/handle.ts';
import { runJob } from '../../functions/runtime/job.ts';
import type { Task } from '../../functions/runtime/task.ts';
import type { PostResult } from '../stack/post.ts';
import { toStructured } from './task-event.ts';
import type { Sender } from './open-sender.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A function in this process, which also takes an event as it was stored. */
export interface InProcess extends Sender {
  /** Sends an event in structured mode, byte for byte. */
  sendStructured(body: Uint8Array, signal: AbortSignal): Promise<PostResult>;
}

/**
 * The function itself, in this process: the flow, the answer and the log line (as LOG_LEVEL allows) of a pod. Rejects when
 * the environment is wrong.
 */
export async function openInProcess(task: Task, env: Env, options: FunctionOptions = {}): Promise<InProcess> {
  const fn = await createFunction(task, env, options);

  async function sendStructured(body: Uint8Array, signal: AbortSignal): Promise<PostResult> {
    const startedAt = performance.now();
    const { answer } = await runJob(fn, body, signal);
    return { ...answer, durationMs: performance.now() - startedAt };
  }

  return {
    destination: 'this process',
    sendStructured,
    send: (event, signal) => sendStructured(toStructured(event), signal),
    close: () => {
      fn.close();
      return Promise.resolve();
    },
  };
}
