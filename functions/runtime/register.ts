import { http } from '@google-cloud/functions-framework';
import { createFunction, type CronFunction } from './handle.ts';
import { keepBodiesUnread } from './host/framework.ts';
import { createHandler } from './host/incoming.ts';
import type { Task } from './task.ts';

/** Makes a task runnable by this process's environment and registers it with the Functions Framework under its name. */
export function register(task: Task): Promise<CronFunction> {
  const fn = createFunction(task, process.env); // a rejection that nobody awaits ends the process, as it should
  const handler = fn.then((made) => createHandler(made));
  keepBodiesUnread();
  http(task.name, async (request, response) => (await handler)(request, response));
  return fn;
}
