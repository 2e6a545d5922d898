import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Backend } from './backends/backend.ts';
import { startAllBackends } from './backends/all-backends.ts';
import { ROOT } from '../project.ts';
import { startNacosServer, type NacosServer, type NacosServerOptions } from './nacos/server.ts';

/** All that a function needs around it, in this process and on free ports. */
export interface Stack {
  readonly nacos: NacosServer;
  readonly leke: Backend;
  readonly jushuitan: Backend;
  /** The environment that makes a function read this stack. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Told what is being started, for a progress display. */
export type Progress = (step: string) => void;

/** A backend publishes its own `grpc:` entry as `<name>.yaml`; the two that the documents know need none. */
export function dataIdsOf(others: readonly Backend[]): { NACOS_DATA_IDS?: string } {
  if (others.length === 0) return {};
  return {
    NACOS_DATA_IDS: [...others.map(({ name }) => `${name}.yaml`), 'bi-cron.yaml', 'bi-cron-dev.yaml?'].join(','),
  };
}

const DOCUMENTS = path.join(import.meta.dirname, 'documents');

/** Starts Nacos, publishes the documents of `tools/platform/documents`, and starts both backends, which register themselves. */
export async function startStack(options: NacosServerOptions = {}, progress: Progress = () => {}): Promise<Stack> {
  progress('Nacos');
  const nacos = await startNacosServer(options);
  for (const dataId of readdirSync(DOCUMENTS)) {
    nacos.configs.publish(dataId, readFileSync(path.join(DOCUMENTS, dataId), 'utf8'), { type: 'yaml' });
  }
  progress('bi-api-leke and bi-api-jushuitan');
  const { leke, jushuitan, others } = await startAllBackends(ROOT);
  const backends = [leke, jushuitan, ...others];
  const [credentials] = Object.entries(options.auth?.users ?? {});
  const access = credentials === undefined ? {} : { username: credentials[0], password: credentials[1] };
  await Promise.all(backends.map((backend) => backend.register({ serverAddr: nacos.address, ...access })));
  return {
    nacos,
    leke,
    jushuitan,
    env: {
      DEPLOY_ENV: 'dev',
      NACOS_SERVER_ADDR: nacos.url,
      ...dataIdsOf(others),
      ...(credentials === undefined ? {} : { NACOS_USERNAME: credentials[0], NACOS_PASSWORD: credentials[1] }),
    },
    close: async () => {
      await Promise.all(backends.map((backend) => backend.stop()));
      await nacos.close();
    },
  };
}
