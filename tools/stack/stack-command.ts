import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from '../project.ts';
import { startAllBackends } from './backends/all-backends.ts';
import type { NacosAccess } from './backends/backend.ts';
import { createConfigClient } from './nacos/sdk.ts';

const DOCUMENTS = path.join(ROOT, 'tools/stack/documents');
const TIMEOUT_MS = 180_000; // a Nacos of its own starts in a minute
const POLL_MS = 2000;

/**
 * The image of `make image-stack`, for a development cluster with a real Nacos (knative/components/nacos-dev): `publish` puts the
 * documents of `tools/stack/documents` into it and ends, `backends` serves the simulators and registers them. Both wait for
 * Nacos. By environment: NACOS_SERVER_ADDR (`host:port`), NACOS_NAMESPACE, NACOS_GROUP, POD_IP (bound and announced).
 */
async function main(command: string | undefined, env: NodeJS.ProcessEnv): Promise<void> {
  const { NACOS_SERVER_ADDR: serverAddr, NACOS_NAMESPACE: namespace = '', NACOS_GROUP: group = 'DEFAULT_GROUP' } = env;
  if (serverAddr === undefined) throw new Error('NACOS_SERVER_ADDR: expected host:port, got nothing');
  if (command !== 'publish' && command !== 'backends')
    throw new Error(`expected publish or backends, got ${JSON.stringify(command)}`);
  const nacos: NacosAccess = namespace === '' ? { serverAddr } : { serverAddr, namespace };
  await waitForNacos(serverAddr);
  if (command === 'backends') return serve(nacos, group, env['POD_IP'] ?? '127.0.0.1');
  await publish(nacos, group);
  process.exit(0); // the SDK's timers would keep the process up for 10 s
}

/** Asks for a service that does not exist: 200 on 2.x and 3.x alike once naming is up, where their paths for readiness differ. */
async function waitForNacos(serverAddr: string): Promise<void> {
  const url = `http://${serverAddr}/nacos/v1/ns/instance/list?serviceName=bi-cron`;
  const giveUpAt = performance.now() + TIMEOUT_MS;
  for (;;) {
    const got = await fetch(url).then(
      ({ status }) => `status ${status}`,
      (error: Error) => error.message,
    );
    if (got === 'status 200') return;
    if (performance.now() > giveUpAt) throw new Error(`${url}: expected 200 within 3 minutes, got ${got}`);
    await pause(POLL_MS);
  }
}

/** Reads each document back: the SDK does not tell when the server refuses one. */
async function publish(nacos: NacosAccess, group: string): Promise<void> {
  const client = createConfigClient({ ...nacos, onError: report });
  for (const dataId of readdirSync(DOCUMENTS)) {
    const text = readFileSync(path.join(DOCUMENTS, dataId), 'utf8');
    await client.publish(dataId, text, { group, type: 'yaml' });
    await waitUntilRead(async () => (await client.read(dataId, group)) === text, dataId);
    console.log(`${dataId}: published in namespace ${nacos.namespace ?? 'public'}, group ${group}`);
  }
  client.close();
}

/** A real server gives out what was published a little later. */
async function waitUntilRead(isThere: () => Promise<boolean>, dataId: string): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt++) {
    if (await isThere()) return;
    await pause(500);
  }
  throw new Error(`${dataId}: expected to read back what was published, got something else for 5 s`);
}

async function serve(nacos: NacosAccess, group: string, host: string): Promise<void> {
  const { leke, jushuitan, others } = await startAllBackends(ROOT, { host });
  const backends = [leke, jushuitan, ...others];
  const stop = async (): Promise<void> => {
    await Promise.all(backends.map((backend) => backend.stop()));
    process.exit(0); // likewise
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
  for (const backend of backends) {
    await backend.register(nacos, { group, onError: report });
    console.log(`${backend.name}: serving at ${backend.address}, registered in Nacos at ${nacos.serverAddr}`);
  }
}

const report = (error: Error): void => console.error(`nacos: ${error.message}`);

try {
  await main(process.argv[2], process.env);
} catch (error) {
  console.error(`bi-cron-stack: ${(error as Error).message}`);
  process.exit(1);
}
