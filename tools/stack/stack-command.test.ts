import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../project.ts';
import { startNacosServer, type NacosServer } from './nacos/server.ts';

const COMMAND = path.join(import.meta.dirname, 'stack-command.ts');
const DOCUMENTS = path.join(ROOT, 'tools/stack/documents');

describe('the stack image', () => {
  let nacos: NacosServer;
  let env: Record<string, string>;
  beforeAll(async () => {
    nacos = await startNacosServer({ version: '2.5.1' }); // that of knative/components/nacos-dev
    env = { PATH: process.env['PATH'] ?? '', NACOS_SERVER_ADDR: nacos.address, NACOS_NAMESPACE: 'dev' };
  });
  afterAll(() => nacos.close());

  it('publishes the documents in the namespace and group it is given, and ends', async () => {
    const child = spawn(process.execPath, [COMMAND, 'publish'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    expect(await once(child, 'exit')).toEqual([0, null]);
    for (const dataId of readdirSync(DOCUMENTS)) {
      const read = nacos.configs.get(dataId, { namespace: 'dev' });
      expect(read?.content).toBe(readFileSync(path.join(DOCUMENTS, dataId), 'utf8'));
    }
  });

  it('serves the backends, registers them there, and leaves on SIGTERM', async () => {
    const child = spawn(process.execPath, [COMMAND, 'backends'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = once(child, 'exit');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await lines.next();
    await lines.next();
    const list = () =>
      ['bi-api-leke', 'bi-api-jushuitan'].map(
        (serviceName) => nacos.services.list({ serviceName, namespaceId: 'dev' }).length,
      );
    expect(list()).toEqual([1, 1]);
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    expect(list()).toEqual([0, 0]);
  });

  it.each([
    [[], { NACOS_SERVER_ADDR: 'nacos:8848' }, 'expected publish or backends, got undefined'],
    [['publish'], {}, 'NACOS_SERVER_ADDR: expected host:port, got nothing'],
  ])('refuses the arguments %j with the environment %j', (args, given, message) => {
    const { status, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { env: { ...given }, encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  });
});
