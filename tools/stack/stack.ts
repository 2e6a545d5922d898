import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Backend, BackendOptions } from './backends/backend.ts';
import { startAllBackends } from './backends/all-backends.ts';
import { ROOT } from '../project.ts';
import { startNacosServer, type NacosServer, type NacosServerOptions } from './nacos/server.ts';

/** All that a function needs around it, in this process and on free ports. */
export interface Stack {
  readonly nacos: NacosServer;
  readonly leke: Backend;
  readonly jushuitan: Backend;
  /** Those two, and those of further tasks. */
  readonly backends: readonly Backend[];
  /** The environment that makes a function read this stack. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface StackOptions extends NacosServerOptions {
  /** Of every backend. */
  readonly backends?: BackendOptions;
  /** The repository's folder, whose documents and tasks count; this one when missing. */
  readonly root?: string;
}

/** Called with what is being started, for a progress display. */
export type Progress = (step: string) => void;

/** Starts Nacos, publishes the documents of `tools/stack/documents`, and starts all backends, which register themselves. */
export async function startStack(options: StackOptions = {}, progress: Progress = () => {}): Promise<Stack> {
  const { backends: backendOptions, root = ROOT, ...nacosOptions } = options;
  progress('Nacos');
  const nacos = await startNacosServer(nacosOptions);
  const documents = path.join(root, 'tools/stack/documents');
  for (const dataId of readdirSync(documents)) {
    nacos.configs.publish(dataId, readFileSync(path.join(documents, dataId), 'utf8'), { type: 'yaml' });
  }
  progress('bi-api-leke and bi-api-jushuitan');
  const { leke, jushuitan, others } = await startAllBackends(root, backendOptions);
  const backends = [leke, jushuitan, ...others];
  const [credentials] = Object.entries(nacosOptions.auth?.users ?? {});
  const access = credentials === undefined ? {} : { username: credentials[0], password: credentials[1] };
  await Promise.all(backends.map((backend) => backend.register({ serverAddr: nacos.address, ...access })));
  return {
    nacos,
    leke,
    jushuitan,
    backends,
    env: {
      DEPLOY_ENV: 'dev',
      NACOS_SERVER_ADDR: nacos.url,
      ...dataIdsOf(others),
      ...(credentials === undefined ? {} : { NACOS_USERNAME: credentials[0], NACOS_PASSWORD: credentials[1] }),
    },
    close: async () => {
      await nacos.faults.clear(); // the backends take their leave of it
      await Promise.all(backends.map((backend) => backend.stop()));
      await nacos.close();
    },
  };
}

/** A backend publishes its own `grpc:` entry as `<name>.yaml`; the two that the documents know need none. */
function dataIdsOf(others: readonly Backend[]): { NACOS_DATA_IDS?: string } {
  if (others.length === 0) return {};
  return {
    NACOS_DATA_IDS: [...others.map(({ name }) => `${name}.yaml`), 'bi-cron.yaml', 'bi-cron-dev.yaml?'].join(','),
  };
}
