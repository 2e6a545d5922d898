import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../../functions/runtime/task.ts';
import { startNacosServer, type NacosServer } from '../stack/nacos/server.ts';
import { ROOT } from '../project.ts';
import { LocalConfig, parseAll } from './local-config.ts';
import { explainConfig } from '../cli/explain-config.ts';
import { loadTaskCatalog } from './task-pool.ts';

const shared = readFileSync(path.join(ROOT, 'tools/stack/documents/bi-cron.yaml'), 'utf8');
const OWN = '# kept\nenv: dev # also kept\ntasks: { full-order: { lookback: 3d } }\n';

describe('LocalConfig', () => {
  let nacos: NacosServer;
  let config: LocalConfig;
  let tasks: ReadonlyMap<string, Task>;
  let fullOrder: Task;

  beforeEach(async () => {
    nacos = await startNacosServer();
    config = new LocalConfig(nacos, { DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: nacos.url });
    nacos.configs.publish('bi-cron.yaml', shared);
    nacos.configs.publish('bi-cron-dev.yaml', OWN);
    const all = await loadTaskCatalog(ROOT, 0);
    tasks = new Map([...all].filter(([, { backend }]) => shared.includes(`${backend}:`)));
    fullOrder = tasks.get('full-order') as Task; // one of the project's tasks
  });
  afterEach(() => nacos.close());

  it('reads the documents in merge order', () => {
    expect(config.read().map(({ dataId }) => dataId)).toEqual(['bi-cron.yaml', 'bi-cron-dev.yaml']);
  });

  it('pauses a task in the last document, its comments kept, and resumes it', () => {
    config.pause(fullOrder, 'shop migration');
    expect(config.pausedReason(fullOrder)).toBe('shop migration');
    expect(nacos.configs.get('bi-cron-dev.yaml')?.content).toContain('# also kept');
    config.pause(fullOrder, undefined);
    expect(config.pausedReason(fullOrder)).toBeUndefined();
    expect(nacos.configs.get('bi-cron-dev.yaml')?.content).toBe(OWN);
  });

  it('leaves nothing behind for a task that had no key of its own', () => {
    const onsale = tasks.get('goods-onsale') as Task; // one of the project's tasks
    config.pause(onsale, 'why');
    config.pause(onsale, undefined);
    expect(nacos.configs.get('bi-cron-dev.yaml')?.content).toBe(OWN);
  });

  it('resumes a task that an earlier document pauses', () => {
    nacos.configs.publish('bi-cron.yaml', shared.replace('  full-order:', '  full-order:\n    paused: in all'));
    expect(config.pausedReason(fullOrder)).toBe('in all');
    config.pause(fullOrder, undefined);
    expect(config.pausedReason(fullOrder)).toBeUndefined();
  });

  it.each([
    [
      'a wrong value',
      'env: dev\ntasks: { full-order: { lookback: soon } }',
      'bi-cron-dev.yaml:2 tasks.full-order.lookback',
      ['full-order'],
    ],
    ['an unknown key', 'env: dev\ntasks: { full-order: { lookbak: 1h } }', 'expected a known key', ['full-order']],
    [
      'another environment',
      'env: prod',
      'expected "dev" as DEPLOY_ENV says',
      undefined, // every one
    ],
    ['broken YAML', 'env: dev\nenv: dev', 'a key that stands twice', undefined],
  ])('names the tasks that %s would stop, before anything is saved', (_name, content, message, affected) => {
    const problems = config.check(tasks, [{ dataId: 'bi-cron-dev.yaml', content }]);
    expect(problems).toEqual([
      { tasks: affected ?? [...tasks.keys()], message: expect.stringContaining(message) as string },
    ]);
    expect(nacos.configs.get('bi-cron-dev.yaml')?.content).toBe(OWN);
  });

  it('refuses to save a document that the functions do not read', () => {
    expect(() => config.save({ dataId: 'other.yaml', content: '' })).toThrow(
      'expected one of bi-cron.yaml, bi-cron-dev.yaml',
    );
  });

  it('explains each key by the place that decided it', () => {
    const explained = new Map(
      explainConfig(parseAll(config.read()), fullOrder, 'dev').map(({ key, value, origin }) => [key, [value, origin]]),
    );
    expect(explained.get('tasks.full-order.lookback')).toEqual(['3d', 'bi-cron-dev.yaml:3']);
    expect(explained.get('tasks.full-order.timeout')?.[1]).toMatch(/^bi-cron\.yaml:\d+$/);
    expect(explained.get('tasks.full-order.overlap')).toEqual(['10m', 'default']);
    expect(explained.get('grpc.bi-api-leke.tls.mode')).toEqual(['insecure', 'default']);
    expect(explained.has('tasks.full-order.paused')).toBe(false);
  });
});
