import * as v from 'valibot';
import type { Window } from '../../protos/gen/bi/cron/v1/Window.ts';
import type { AnyTask } from '../../functions/runtime/task.ts';
import { toDate } from '../../functions/runtime/window.ts';
import { listTasks, loadTask } from '../project.ts';
import type { WindowOf } from './next.ts';

/** The window that each task asks for at a slot when its configuration says nothing else. */
export async function loadWindows(): Promise<WindowOf> {
  const tasks = new Map<string, AnyTask>();
  for (const name of listTasks()) tasks.set(name, await loadTask(name));
  return (name, slot) => {
    const task = tasks.get(name);
    if (task === undefined) return undefined;
    const options = v.parse(v.strictObject(task.options), {});
    const { window }: { window?: Window | null } = task.request({ slot, now: slot, given: {} }, options); // AnyTask has no types
    return window?.start && window.end ? { start: toDate(window.start), end: toDate(window.end) } : undefined;
  };
}
