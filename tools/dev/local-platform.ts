import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Backend } from '../platform/backends/backend.ts';
import { startAllBackends } from '../platform/backends/all-backends.ts';
import { dataIdsOf } from '../platform/stack.ts';
import { startNacosServer, type NacosServer } from '../platform/nacos/server.ts';

/** What the functions of the local cluster talk to. */
export interface LocalPlatform {
  readonly nacos: NacosServer;
  readonly backends: readonly Backend[];
  /** The environment that makes a function read this platform. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const WORK_MS = 400; // as long as a short upstream call: the phases of a run can be told apart

/** Starts Nacos with the documents of the project, and both backends on the simulated clock, so that they have orders when it runs ahead. */
export async function startLocalPlatform(root: string, now: () => Date): Promise<LocalPlatform> {
  const nacos = await startNacosServer();
  const folder = path.join(root, 'tools/platform/documents');
  for (const dataId of readdirSync(folder))
    nacos.configs.publish(dataId, readFileSync(path.join(folder, dataId), 'utf8'), { type: 'yaml' });
  const options = { now, latencyMs: WORK_MS };
  const { leke, jushuitan, others } = await startAllBackends(root, options);
  const backends = [leke, jushuitan, ...others];
  await Promise.all(backends.map((backend) => backend.register({ serverAddr: nacos.address })));
  return {
    nacos,
    backends,
    env: { DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: nacos.url, ...dataIdsOf(others) },
    close: async () => {
      await nacos.faults.clear(); // the backends take their leave of it
      await Promise.all(backends.map((backend) => backend.stop()));
      await nacos.close();
    },
  };
}
