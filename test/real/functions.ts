import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TEST_TLS } from '../support/tls.ts';
import { startFunction, type FunctionProcess, type HostKind } from '../../tools/stack/function-process.ts';
import { startNacosServer, type NacosServer } from '../../tools/stack/nacos/server.ts';
import type { Delivery } from '../../tools/stack/senders/delivery.ts';
import { createPingSource } from '../../tools/stack/senders/ping-source.ts';
import { APP_DIR } from '../support/app-dir.ts';

export { startLeke } from '../../tools/stack/backends/leke.ts';
export type { Backend as SimulatedBackend } from '../../tools/stack/backends/backend.ts';
export { ROOT } from '../../tools/project.ts';
export { waitUntil } from '../support/wait-until.ts';
export { TEST_TLS, type HostKind };

export const HOSTS: readonly HostKind[] = ['image', 'framework'];

const BACKENDS = ['bi-api-leke', 'bi-api-jushuitan'];

/** What all environments share, in the form that a task's own document may override. */
export const SHARED_DOCUMENT = `grpc:
  bi-api-leke: { service: bi-api-leke, timeout: 30s }
  bi-api-jushuitan: { service: bi-api-jushuitan, timeout: 30s }
tasks:
  goods-onsale: { shopIds: ['100001'] }
  increment-order: { shopIds: ['100001'] }
  full-order: { shopIds: ['100001'], lookback: 3d }
`;

/** One function process, with an embedded Nacos that lists whatever backend the journey names. */
export interface RealEnv {
  readonly task: string;
  readonly fn: FunctionProcess;
  readonly nacos: NacosServer;
  /** From now on Nacos lists the backends at these ports of 127.0.0.1, and these alone. */
  pointTo(...ports: readonly number[]): void;
  /** The document that is read after the shared one, below `env: dev`. */
  configure(document: string): void;
  /** A minute that no event of this testEnv has had yet. */
  freshSlot(): Date;
  /** One tick as a PingSource sends it, repeats included; the waits between them are left out. */
  tick(slot?: Date, data?: object): Promise<Delivery>;
  close(): Promise<void>;
}

/** Starts a function's process. */
export async function startRealEnv(
  task: string,
  host: HostKind,
  env: Readonly<Record<string, string>> = {},
): Promise<RealEnv> {
  const nacos = await startNacosServer();
  const configure = (document: string): void => {
    nacos.configs.publish('bi-cron-dev.yaml', `env: dev\n${document}`, { type: 'yaml' });
  };
  nacos.configs.publish('bi-cron.yaml', SHARED_DOCUMENT, { type: 'yaml' });
  configure('');
  const fn = await startFunction({ task, host, appDir: APP_DIR, env: { ...functionEnv(nacos.url), ...env } });
  const freshSlot = slotsBackFromNow();
  const testEnv: RealEnv = {
    task,
    fn,
    nacos,
    pointTo: (...ports) => {
      for (const serviceName of BACKENDS) {
        for (const { ip, port } of nacos.services.list({ serviceName })) {
          nacos.services.deregister({ serviceName, ip, port });
        }
        for (const port of ports) nacos.services.register({ serviceName, ip: '127.0.0.1', port, ephemeral: false });
      }
    },
    configure,
    freshSlot,
    tick: (slot = freshSlot(), data) =>
      createPingSource({
        name: task,
        sink: fn.url,
        sleep: () => Promise.resolve(),
        random: () => 0,
        ...(data === undefined ? {} : { contentType: 'application/json', data: JSON.stringify(data) }),
      }).tick(slot),
    close: async () => {
      await fn.stop();
      await nacos.close();
    },
  };
  await testEnv.tick(); // uses up what the process read at its start, when nobody was listed
  return testEnv;
}

/** The environment by which a function reads this Nacos. */
export const functionEnv = (nacosUrl: string): Record<string, string> => ({
  DEPLOY_ENV: 'dev',
  NACOS_SERVER_ADDR: nacosUrl,
});

/** Gives one minute after the other, backwards: each is a slot that no event has had. */
export function slotsBackFromNow(): () => Date {
  let lastMs = Math.floor(Date.now() / 60_000) * 60_000;
  return () => {
    lastMs -= 60_000;
    return new Date(lastMs);
  };
}

/** What came of a tick: each attempt's status, the last answer, the last log line of a run. */
export interface TickResult {
  readonly statuses: readonly (number | undefined)[];
  readonly outcome: unknown;
  readonly reason: unknown;
}

/** Reads a delivery: outcome and reason stand in the error body, or in the result event's data. */
export function resultOf({ attempts }: Delivery): TickResult {
  const body = JSON.parse(attempts.at(-1)?.body || '{}') as Record<string, unknown>; // both of our bodies are JSON objects
  const { outcome, reason } = (body['data'] ?? body) as Record<string, unknown>;
  return { statuses: attempts.map(({ status }) => status), outcome, reason };
}

/** The test certificates as files, for a configuration's `tls:` section. */
export function layOutTls(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'tls-'));
  for (const [name, pem] of Object.entries(TEST_TLS)) writeFileSync(path.join(folder, name), pem, { mode: 0o600 });
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}
