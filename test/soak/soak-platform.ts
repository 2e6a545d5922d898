import type { Backend } from '../../tools/stack/backends/backend.ts';
import { startGeneric } from '../../tools/stack/backends/start-backend.ts';
import { startNacosServer, type NacosServer } from '../../tools/stack/nacos/server.ts';

export const TASK = 'increment-order';

/** Nacos and one backend that remembers which work it did; no heartbeats, so that every request is the function's. */
export interface SoakPlatform {
  readonly nacos: NacosServer;
  readonly backend: Backend;
  readonly env: Readonly<Record<string, string>>;
  /** How often work was done, by the end of its window: two run keys for one slot would show here. */
  readonly works: ReadonlyMap<string, number>;
  /** Every fault cleared, the documents as they were. */
  heal(): Promise<void>;
  /** Replaces the document of this environment. */
  configure(text: string): void;
  close(): Promise<void>;
}

const DOCUMENT = `
env: dev
grpc: { bi-api-leke: { service: bi-api-leke, timeout: 10s } }
tasks: { increment-order: { shopIds: ["100001"], lookback: 3h } }
`;

/** Starts both on free ports. */
export async function startSoakPlatform(): Promise<SoakPlatform> {
  const nacos = await startNacosServer();
  const works = new Map<string, number>();
  const backend = await startGeneric({
    protoFile: 'bi/leke/v1/order.proto',
    service: 'bi.leke.v1.OrderService',
    name: 'bi-api-leke',
    handlers: {
      TaobaoSyncIncrementOrder: ({ window, run }) => {
        const { end } = window as { end: { seconds: unknown } }; // the runtime sends both ends
        const { runKey } = run as { runKey: string };
        const key = runKey.includes('@manual:') ? runKey : String(end.seconds);
        works.set(key, (works.get(key) ?? 0) + 1);
        return { ordersRead: 1, ordersStored: 1, pages: 1, shops: 1 };
      },
    },
  });
  nacos.services.register({ serviceName: 'bi-api-leke', ip: '127.0.0.1', port: backend.port });
  const configure = (text: string): void => void nacos.configs.publish('bi-cron.yaml', text, { type: 'yaml' });
  configure(DOCUMENT);
  return {
    nacos,
    backend,
    works,
    configure,
    env: { DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: nacos.url, RUN_BUDGET: '2s' },
    heal: async () => {
      backend.faults.clear();
      configure(DOCUMENT);
      await nacos.faults.clear();
    },
    close: async () => {
      await backend.stop();
      await nacos.close();
    },
  };
}
