import path from 'node:path';
import type { Plugin } from 'esbuild';
import { listTasks } from '../project.ts';

/**
 * Replaces `tools/project.ts` by a module that holds the tasks found in `functions/` when it was built, one lazy entry per
 * task, so that a bundle needs no such folder. Its ROOT is the bundle's own folder.
 */
export function bundledTasks(root: string): Plugin {
  return {
    name: 'bundled-tasks',
    setup: (build) => {
      build.onLoad({ filter: /[/\\]tools[/\\]project\.ts$/ }, ({ path: file }) => ({
        contents: generateModule(listTasks(root)),
        loader: 'js',
        resolveDir: path.dirname(file),
      }));
    },
  };
}

function generateModule(names: readonly string[]): string {
  const entries = names.map((name) => `${JSON.stringify(name)}: () => import('../functions/${name}/task.ts')`);
  return `
    const TASKS = { ${entries.join(',\n')} };
    export const ROOT = __dirname;
    export const listTasks = () => Object.keys(TASKS);
    export const loadTask = async (name) => (await TASKS[name]()).task;
  `;
}
