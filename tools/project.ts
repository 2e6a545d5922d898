import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Task } from '../functions/runtime/task.ts';

/** The repository's folder. */
export const ROOT = path.resolve(import.meta.dirname, '..');

/** The names of all tasks: the folders of `functions/` that have an `index.ts`, sorted. There is no list to extend. */
export function listTasks(root = ROOT): string[] {
  const functions = path.join(root, 'functions');
  return readdirSync(functions)
    .filter((name) => existsSync(path.join(functions, name, 'index.ts')))
    .toSorted();
}

/** A task's definition, by its folder's name. */
export async function loadTask(name: string, root = ROOT): Promise<Task> {
  const module = (await import(path.join(root, 'functions', name, 'task.ts'))) as { task: Task }; // the one export of every task.ts
  return module.task;
}
