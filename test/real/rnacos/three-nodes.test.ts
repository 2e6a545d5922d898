import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../functions.ts';
import { furnishNacos, startReader, tickOf, type NacosEnv } from '../nacos-env.ts';
import { valuesOf } from '../part.ts';
import { part } from './part.ts';
import { startRnacos, type Rnacos } from './start-rnacos.ts';

const DONE = { statuses: [200], outcome: 'done' };

let folder: string;
let nodes: readonly [Rnacos, Rnacos, Rnacos];
let outsider: Rnacos;
let testEnv: NacosEnv;
let all: string;
beforeAll(async () => {
  const { built } = valuesOf(part);
  folder = mkdtempSync(path.join(tmpdir(), 'rnacos-'));
  const start = (id: number, joins?: Rnacos): Promise<Rnacos> =>
    startRnacos(built, path.join(folder, String(id)), { id, ...(joins && { joins: joins.joinAddress }) });
  const leader = await start(1);
  testEnv = await furnishNacos(leader.address);
  nodes = [leader, await start(2, leader), await start(3, leader)];
  outsider = await start(4);
  for (const node of nodes) await waitUntil(() => tells(node));
  all = nodes.map(({ address }) => address).join(',');
});
afterAll(async () => {
  await testEnv.close();
  for (const { server } of [...nodes, outsider]) await server.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

const stopped = new Set<Rnacos>();
function stop(node: Rnacos): void {
  process.kill(node.server.pid, 'SIGSTOP');
  stopped.add(node);
}
function goOn(): void {
  for (const { server } of stopped) process.kill(server.pid, 'SIGCONT');
  stopped.clear();
}
afterEach(goOn);

/** Resolves when the node has all that the first one was given. */
async function tells({ address }: Rnacos): Promise<void> {
  const ask = async (question: string) => (await fetch(`http://${address}/nacos/v1/${question}`)).text();
  expect(await ask('cs/configs?dataId=bi-cron-dev.yaml&group=DEFAULT_GROUP&tenant=')).toContain('env: dev');
  expect(await ask('ns/instance/list?serviceName=bi-api-leke')).toContain('"healthy":true');
}

it('three nodes: each alone answers, done', async () => {
  for (const { address } of nodes) {
    expect(await tickOf('full-order', await startReader('full-order', address))).toMatchObject(DONE);
  }
});

it('one of three is stopped, so that connections open and nothing answers: done, cold and warm', async () => {
  const warm = await startReader('full-order', all);
  expect(await tickOf('full-order', warm)).toMatchObject(DONE);
  for (const node of nodes) {
    stop(node);
    expect(await tickOf('full-order', warm)).toMatchObject(DONE);
    expect(await tickOf('full-order', await startReader('full-order', all))).toMatchObject(DONE);
    goOn();
    await waitUntil(() => tells(node));
  }
});

it('one of two lags, as a node does that has not joined yet: done', async () => {
  const [leader] = nodes;
  stop(leader); // so that the process asks the one that lags, and keeps to it
  const fn = await startReader('full-order', `${outsider.address},${leader.address}`);
  await tickOf('full-order', fn);
  goOn();
  await waitUntil(() => tells(leader));
  expect(await tickOf('full-order', fn)).toMatchObject(DONE);
});

it('one of three is killed for good: done, cold and warm', async () => {
  const warm = await startReader('full-order', all);
  expect(await tickOf('full-order', warm)).toMatchObject(DONE);
  await nodes[2].server.stop('SIGKILL');
  expect(await tickOf('full-order', warm)).toMatchObject(DONE);
  for (let start = 0; start < 5; start += 1) {
    expect(await tickOf('full-order', await startReader('full-order', all))).toMatchObject(DONE);
  }
});
