// oxlint-disable no-restricted-imports -- set-up of tests, which may use tools/
import { Client, credentials } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import type { Backend } from '../../tools/stack/backends/backend.ts';
import { startGeneric } from '../../tools/stack/backends/start-backend.ts';
import type { TaskConfig } from '../../functions/runtime/config/validate.ts';
import { loadMethod } from '../../functions/runtime/grpc/method.ts';
import { unary } from '../../functions/runtime/grpc/rpc.ts';
import type { Limits } from '../../functions/runtime/deadline.ts';
import type { RunResult } from '../../functions/runtime/run-record.ts';
import { run, type Runner, type RunInputs } from '../../functions/runtime/run.ts';
import type { Task } from '../../functions/runtime/task.ts';
import { TRIGGER } from './run-result.ts';

/** For tests: a task that calls TaobaoItemsOnsale. */
export const PROBE: Task = {
  name: 'goods-onsale',
  backend: 'bi-api-leke',
  rpc: unary('bi/leke/v1/goods.proto', 'bi.leke.v1.GoodsService/TaobaoItemsOnsale'),
  safeToRepeat: true,
  options: {},
  request: () => ({ shopIds: ['100001'], pageSize: 40 }),
  check: () => [],
  summarise: ({ goodsRead }: { goodsRead: string }) => ({ rows: Number(goodsRead) }),
};

/** What differs from a run whose configuration and target are at hand. */
export interface RunCase {
  readonly tools?: Partial<Runner>;
  readonly config?: Partial<TaskConfig>;
  readonly findTarget?: RunInputs['findTarget'];
  /** How long preparing takes, by the run's own clock. */
  readonly prefetchMs?: number;
  /** The same of finding the target. */
  readonly findMs?: number;
  /** Happens when the run is prepared. */
  readonly onPrepared?: () => void;
}

export interface TestEnv {
  readonly backend: Backend;
  run(runCase?: RunCase, changes?: Partial<typeof TRIGGER>, signal?: AbortSignal): Promise<RunResult>;
}

/** A real backend, and runs that call it; the clock moves only as the case says. Closes with the test. */
export async function startTestEnv(): Promise<TestEnv> {
  const backend = await startGeneric({
    protoFile: 'bi/leke/v1/goods.proto',
    service: 'bi.leke.v1.GoodsService',
    handlers: { TaobaoItemsOnsale: () => ({ goodsRead: 7 }) },
  });
  onTestFinished(() => backend.stop());
  const client = new Client(backend.address, credentials.createInsecure());
  onTestFinished(() => client.close());
  const method = await loadMethod<object, object>(PROBE.rpc);

  return {
    backend,
    run: (runCase = {}, changes = {}, signal = new AbortController().signal) => {
      let clock = 0;
      const config: TaskConfig = {
        backend: {} as TaskConfig['backend'], // for findTarget, which is given
        timeoutMs: 20_000,
        paused: undefined,
        options: {},
        locate: () => 'bi-cron.yaml:1',
        ...runCase.config,
      };
      const findTarget = async (limits: Limits) => {
        await Promise.resolve(); // a phase takes its time behind the call that starts it
        clock += runCase.findMs ?? 0;
        return runCase.findTarget === undefined ? { address: '10.0.0.7:9000', client } : runCase.findTarget(limits);
      };
      const tools: Runner = {
        task: PROBE,
        method,
        prefetch: async () => {
          await Promise.resolve();
          clock += runCase.prefetchMs ?? 0;
          runCase.onPrepared?.();
          return { source: 'nacos', config, documents: new Map([['bi-cron.yaml', 'env: dev']]), findTarget };
        },
        budgetMs: 100_000,
        bootMs: undefined,
        monotonicMs: () => clock,
        now: () => new Date('2026-11-22T05:40:03Z'),
        ...runCase.tools,
      };
      return run({ ...TRIGGER, ...changes }, signal, tools);
    },
  };
}
