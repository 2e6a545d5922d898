import * as v from 'valibot';
import { optionSchemas } from '../../functions/runtime/config/option-schema.ts';
import type { Task } from '../../functions/runtime/task.ts';
import { defaultWindow, toDate } from '../../functions/runtime/window.ts';
import { listTasks, loadTask } from '../project.ts';
import type { WindowOf } from './next.ts';

/** The window that each task asks for at a slot when its configuration says nothing else. */
export async function loadWindows(): Promise<WindowOf> {
  const tasks = new Map<string, Task>();
  for (const name of listTasks()) tasks.set(name, await loadTask(name));
  return (name, slot) => {
    const task = tasks.get(name);
    if (task === undefined) return undefined;
    const options = v.parse(v.strictObject(optionSchemas(task.options)), {});
    const window = task.window && defaultWindow(task.window, slot, options, {});
    return window?.start && window.end ? { start: toDate(window.start), end: toDate(window.end) } : undefined;
  };
}
