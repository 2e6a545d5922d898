import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ROOT } from '../project.ts';
import type { RunRecord } from './history.ts';
import { LocalCluster } from './local-cluster.ts';
import { createTaskEvent } from '../events/task-event.ts';
import { postEvent } from '../stack/post.ts';

/** A copy of what a cluster reads, so that its sources may be changed. */
async function copyProject(): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'bi-cron-project-'));
  for (const folder of ['functions', 'protos', 'knative/base', 'tools/stack/documents'])
    await cp(path.join(ROOT, folder), path.join(root, folder), { recursive: true });
  for (const file of ['package.json', 'tsconfig.json']) await cp(path.join(ROOT, file), path.join(root, file));
  await symlink(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
  return root;
}

describe('LocalCluster', { timeout: 60_000 }, () => {
  let root: string;
  let cluster: LocalCluster;
  const TICK = new Date('2026-11-22T05:43:00Z');

  beforeAll(async () => {
    root = await copyProject();
    cluster = new LocalCluster({ root, speed: 1, at: new Date(TICK.getTime() - 60_000), idleMs: 400 });
    await cluster.start();
    cluster.clock.set({ at: new Date(TICK.getTime() - 500) });
  });
  afterAll(async () => {
    await cluster.close();
    await rm(root, { recursive: true });
  });

  const postManual = (task: string, id: string, data: object) =>
    postEvent(createTaskEvent({ source: '/bi-cron/console', task, id, data: { ...data } }, TICK), {
      sink: cluster.tasks.get(task)?.url ?? '',
      mode: 'binary',
    });
  const stateOf = (task: string) => cluster.tasks.get(task)?.activator.state;
  const ended = (matches: (run: RunRecord) => boolean): Promise<RunRecord> =>
    vi.waitFor(() => {
      const run = cluster.history.list().find((run) => matches(run) && run.attempts.at(-1)?.line !== undefined);
      if (run === undefined) throw new Error(`no such run yet among ${JSON.stringify(cluster.history.list())}`);
      return run;
    }, 20_000);

  it('fires the schedule, starts the function from zero on it, and scales it back to zero', async () => {
    const run = await ended(({ kind }) => kind === 'scheduled');
    expect(run).toMatchObject({ task: 'increment-order', slot: TICK, ending: 'acknowledged' });
    expect(run.event?.attributes['source']).toBe('/apis/v1/namespaces/bi-cron/pingsources/increment-order');
    const [attempt] = run.attempts;
    expect(attempt?.line).toMatchObject({
      outcome: 'done',
      cold: true,
      runKey: 'increment-order@2026-11-22T05:43:00Z',
    });
    expect(attempt?.forwardedAt).toBeGreaterThan(attempt?.arrivedAt ?? Infinity);
    await vi.waitFor(() => expect(stateOf('increment-order')).toBe('zero'), 20_000);
  });

  it('has its functions live in simulated time', async () => {
    const run = await ended(({ kind }) => kind === 'scheduled');
    expect(String(run.attempts[0]?.line?.['time'])).toMatch(/^2026-11-22T05:4/);
  });

  it('runs a changed source at the next event, and the last good one while it does not build', async () => {
    const file = path.join(root, 'functions/full-order/task.ts');
    const source = await readFile(file, 'utf8');
    const outcomeOf = async (id: string): Promise<unknown> => {
      await postManual('full-order', id, { pageSize: 99 });
      const { attempts } = await ended((run) => run.id === id);
      return attempts[0]?.line?.['outcome'];
    };
    expect(await outcomeOf('before')).toBe('done');

    const before = cluster.generation;
    await writeFile(file, source.replace('MAX_PAGE_SIZE = 100', 'MAX_PAGE_SIZE = 98'));
    await vi.waitFor(() => expect(cluster.generation).toBeGreaterThan(before), 20_000);
    expect(await outcomeOf('changed')).toBe('rejected');

    await writeFile(file, 'export const task = ;');
    await vi.waitFor(() => expect(cluster.buildProblem).toContain('functions/full-order/task.ts:1'), 20_000);
    expect(await outcomeOf('broken')).toBe('rejected');

    await writeFile(file, source);
    await vi.waitFor(() => expect(cluster.buildProblem).toBeUndefined(), 20_000);
    expect(await outcomeOf('mended')).toBe('done');
  });

  it('shows a new task without a restart, which runs on demand while it has no manifest', async () => {
    const folder = path.join(root, 'functions/fifth');
    await cp(path.join(root, 'functions/goods-onsale'), folder, { recursive: true });
    const file = path.join(folder, 'task.ts');
    await writeFile(file, (await readFile(file, 'utf8')).replace("name: 'goods-onsale'", "name: 'fifth'"));
    await vi.waitFor(() => expect([...cluster.tasks.keys()]).toContain('fifth'), 20_000);
    expect(cluster.scheduler.nextOf('fifth', 1)).toEqual([]);
    await postManual('fifth', 'fifth-1', { shopIds: ['100001'] });
    const run = await ended(({ id }) => id === 'fifth-1');
    expect(run.attempts[0]?.line).toMatchObject({ task: 'fifth', outcome: 'done' });
  });
});
