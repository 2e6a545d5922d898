import type { RawRequest } from '../../functions/runtime/event/http-request.ts';
import { readTrigger } from '../../functions/runtime/event/read.ts';
import { loadMethod } from '../../functions/runtime/grpc/method.ts';
import { readData } from '../../functions/runtime/request.ts';
import { RunError } from '../../functions/runtime/run-error.ts';
import { listTasks, loadTask } from '../project.ts';

/** Why a function would refuse a request that came at `now`, whatever its configuration: the field, and what was wrong. */
export type TickReader = (request: RawRequest, now: Date) => Refusal | undefined;

export interface Refusal {
  /** `data.window.start`, or an attribute such as `ce-slotunit`; undefined where it is the request itself. */
  readonly field: string | undefined;
  readonly message: string;
}

/** The function's own reading of an event, up to where it would ask Nacos, for every task. */
export async function loadTickReaders(root?: string): Promise<ReadonlyMap<string, TickReader>> {
  const readers = new Map<string, TickReader>();
  for (const name of listTasks(root)) {
    const task = await loadTask(name, root);
    const method = await loadMethod<object, object>(task.rpc);
    readers.set(name, (request, now) => {
      try {
        readData(task, method, readTrigger(request, name, now), now);
        return undefined;
      } catch (error) {
        const { field, message } = RunError.from(error);
        return { field, message };
      }
    });
  }
  return readers;
}
