import { http } from '@google-cloud/functions-framework';
import { createFunction, type CronFunction } from './function.ts';
import { createHandler } from './host/handler.ts';
import type { AnyTask } from './task.ts';

/** Makes a task runnable by this process's environment and registers it with the Functions Framework under its name. */
export async function register(task: AnyTask): Promise<CronFunction> {
  const fn = await createFunction(task, process.env);
  http(task.name, createHandler(fn));
  return fn;
}
