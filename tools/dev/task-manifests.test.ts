import { describe, expect, it } from 'vitest';
import { listTasks, ROOT } from '../project.ts';
import { readTaskManifests } from './task-manifests.ts';

describe('readTaskManifests', () => {
  it('finds schedule, event data, run budget and timeout of every task in knative/base', async () => {
    const all = await readTaskManifests(ROOT);
    expect(all.map(({ task }) => task)).toEqual(listTasks());
    for (const { task, pingSource, env, timeoutMs } of all) {
      expect(pingSource).toMatchObject({ contentType: 'application/json', data: '{}' });
      expect(pingSource?.schedule.timezone).toBe('Asia/Shanghai');
      expect(env).toMatchObject({ FUNCTION_TARGET: task, RUN_BUDGET: expect.stringMatching(/^\d+s$/) as string });
      expect(timeoutMs).toBeGreaterThanOrEqual(60_000);
    }
  });

  it('rejects a folder that is not there', async () => {
    await expect(readTaskManifests('/nowhere')).rejects.toThrow('ENOENT');
  });
});
