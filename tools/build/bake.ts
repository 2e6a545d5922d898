import { stat } from 'node:fs/promises';
import path from 'node:path';
import { startFunction } from '../stack/function-process.ts';
import { createPingSource } from '../stack/senders/ping-source.ts';
import { startStack } from '../stack/stack.ts';
import { listTasks } from '../project.ts';

/**
 * Runs the built application for one real event on the embedded stack and keeps what V8 compiled for it as `app.cache`.
 * Rejects when the event is not done or no cache comes of it.
 */
export async function bakeCodeCache(appDir: string): Promise<void> {
  const [task = ''] = listTasks();
  const cache = path.join(appDir, 'app.cache');
  const stack = await startStack();
  try {
    const fn = await startFunction({ task, appDir, env: { ...stack.env, BAKE_CODE_CACHE: cache } });
    const { ending } = await createPingSource({ name: task, sink: fn.url, random: () => 0 }).tick();
    await fn.stop();
    if (ending !== 'acknowledged')
      throw new Error(`code cache: expected the event to be done, got ${ending}\n${fn.output()}`);
    await stat(cache);
  } finally {
    await stack.close();
  }
}
