import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Task } from '../../functions/runtime/task.ts';
import { listTasks } from '../project.ts';

/**
 * The definitions of all tasks as they stand in the folder now: a changed `task.ts` is read anew. What it imports is
 * read once per process.
 */
export async function loadTaskCatalog(root: string, generation: number): Promise<ReadonlyMap<string, Task>> {
  const entries = await Promise.all(
    listTasks(root).map(async (name) => {
      const url = pathToFileURL(path.join(root, 'functions', name, 'task.ts'));
      url.search = `generation=${generation}`;
      const { task } = (await import(url.href)) as { task: Task }; // the one export of every task.ts
      return [name, task] as const;
    }),
  );
  return new Map(entries);
}
