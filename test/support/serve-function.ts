// oxlint-disable no-restricted-imports -- set-up of tests, which may use tools/
import { onTestFinished } from 'vitest';
import type { Backend } from '../../tools/stack/backends/backend.ts';
import { startGeneric } from '../../tools/stack/backends/start-backend.ts';
import { startNacosServer, type NacosServer } from '../../tools/stack/nacos/server.ts';
import { createFunction, type CronFunction } from '../../functions/runtime/handle.ts';
import { unary } from '../../functions/runtime/grpc/rpc.ts';
import type { Task } from '../../functions/runtime/task.ts';

const BACKEND = 'bi-api-leke';
const CONFIG = `
env: dev
grpc: { ${BACKEND}: { service: ${BACKEND} } }
tasks: { goods-onsale: { shopIds: ['100001'] } }
`;

/** Nacos with a configuration, and one backend that is registered there. */
export interface TestEnv {
  readonly nacos: NacosServer;
  readonly backend: Backend;
  /** The environment that makes a function find them. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a backend does with a call of TaobaoItemsOnsale. */
export type Work = () => object | Promise<object>;

/** For tests: starts what the task goods-onsale needs around it; closes with the test. */
export async function startTestEnv(work: Work = () => ({ goodsRead: 7 })): Promise<TestEnv> {
  const nacos = await startNacosServer();
  onTestFinished(() => nacos.close());
  const backend = await startGeneric({
    protoFile: 'bi/leke/v1/goods.proto',
    service: 'bi.leke.v1.GoodsService',
    handlers: { TaobaoItemsOnsale: work },
  });
  onTestFinished(() => backend.stop());
  nacos.configs.publish('bi-cron.yaml', CONFIG);
  nacos.services.register({ serviceName: BACKEND, ip: '127.0.0.1', port: backend.port });
  return {
    nacos,
    backend,
    env: { DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: nacos.url, NACOS_DATA_IDS: 'bi-cron.yaml' },
  };
}

/** A function that calls TaobaoItemsOnsale, with its testEnv; `changes` makes it another task, `env` adds variables. Closes with the test. */
export async function openFunction(
  changes: Partial<Task> = {},
  work?: Work,
  env: Readonly<Record<string, string>> = {},
): Promise<TestEnv & { readonly fn: CronFunction }> {
  const testEnv = await startTestEnv(work);
  const task: Task = {
    name: 'probe',
    backend: BACKEND,
    rpc: unary('bi/leke/v1/goods.proto', 'bi.leke.v1.GoodsService/TaobaoItemsOnsale'),
    safeToRepeat: true,
    options: {},
    request: () => ({ shopIds: ['100001'], pageSize: 40 }),
    check: () => [],
    summarise: ({ goodsRead }: { goodsRead: string }) => ({ rows: Number(goodsRead) }),
    ...changes,
  };
  const fn = await createFunction(task, { ...testEnv.env, LOG_LEVEL: 'silent', ...env });
  onTestFinished(() => fn.close());
  return { ...testEnv, fn };
}
