import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { ConsoleState, InstanceView, RunRequestReply, ServiceView } from '../../../tools/console/state.ts';
import { ROOT } from '../../../tools/project.ts';
import { findFreePort } from '../../../tools/stack/free-port.ts';
import { valuesOf } from '../part.ts';
import { startServer, waitUntilUp, type Server } from '../processes.ts';
import { within } from './client-process.ts';
import { part } from './part.ts';

const { built } = valuesOf(part);
const PAGE = path.join(ROOT, 'docs/local-backend.md');
const DOCUMENTED = ['go/main.go', 'java/pom.xml', 'java/Backend.java'];
const RUNS = 30;

/** The command of each language for Nacos' port and a weight. */
const BACKENDS: Readonly<Record<string, (port: number, weight: number) => readonly [string, ...string[]]>> = {
  'grpc-go with nacos-sdk-go/v2': (port, weight) => [
    path.join(built, 'go-backend'),
    `-nacos-port=${port}`,
    `-weight=${weight}`,
  ],
  'grpc-java with nacos-client 3': (port, weight) => {
    const home = path.join(built, 'java-backend');
    return ['java', '-cp', `${home}:${home}/*`, 'Backend', String(port), String(weight)];
  },
};

it.each(DOCUMENTED)('%s stands in docs/local-backend.md as it is', (file) => {
  const program = readFileSync(path.join(import.meta.dirname, 'backends', file), 'utf8');
  expect(readFileSync(PAGE, 'utf8')).toContain(program);
});

describe.each(Object.entries(BACKENDS))('a backend of %s beside make dev WITHOUT=bi-api-leke', (_name, commandOf) => {
  const started: Server[] = [];
  afterEach(async () => {
    for (const server of started.splice(0).toReversed()) await server.stop();
  });

  it('is called by Run now, missed when it is killed, and shares by weight', { timeout: 180_000 }, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'own-backend-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const log = (name: string): string => path.join(folder, name);
    const nacosPort = await findFreePort(1000);
    const args = ['dev', `NACOS_PORT=${nacosPort}`, 'WITHOUT=bi-api-leke', 'ARGS=--no-open --port 0 --speed 1'];
    const dev = startServer('make', args, log('dev.log'), { cwd: ROOT, env: { NO_COLOR: '1' } });
    started.push(dev);
    await waitUntilUp(dev, () => Promise.resolve(expect(dev.log()).toContain('doctor')));
    const page = /http:\/\/127\.0\.0\.1:\d+\/(?=\s)/.exec(dev.log())?.[0] ?? '';
    const start = async (weight: number): Promise<Server> => {
      const [command, ...rest] = commandOf(nacosPort, weight);
      const backend = startServer(command, rest, log(`backend-${weight}.log`), { env: { TMPDIR: folder } });
      started.push(backend);
      await waitUntilUp(backend, () => Promise.resolve(expect(backend.log()).toContain('registered as bi-api-leke')));
      return backend;
    };

    expect(await runNow(page)).toMatchObject({ status: 503, message: expect.stringMatching(UNAVAILABLE) });
    const light = await start(1);
    const [own] = await within(5000, async () => {
      const { instances } = await lekeOf(page);
      expect(instances).toMatchObject([{ protocol: 'gRPC', isSimulator: false, isHealthy: true, weight: '1' }]);
      return instances;
    });
    expect(await runNow(page)).toMatchObject({ status: 200 });
    expect(await chosenBy(page)).toBe(own?.address);
    expect(light.log()).toContain('TaobaoSyncIncrementOrder');

    const heavy = await start(9);
    await within(5000, async () => expect((await lekeOf(page)).instances).toHaveLength(2));
    let timesHeavy = 0;
    for (let run = 0; run < RUNS; run += 1) {
      expect(await runNow(page)).toMatchObject({ status: 200 });
      if ((await chosenBy(page)) !== own?.address) timesHeavy += 1;
    }
    expect(timesHeavy).toBeGreaterThan(RUNS / 2); // 27 of 30 are expected
    const logs = readdirSync(folder).filter((name) => name.endsWith('.log')); // nacos-sdk.log of Go is there too
    expect(logs.map((name) => readFileSync(log(name), 'utf8')).join('')).not.toMatch(
      /\bERROR\b|\bException\b|\bpanic\b/,
    );

    await heavy.stop('SIGKILL');
    await within(5000, async () => expect((await lekeOf(page)).instances).toMatchObject([own as InstanceView]));
    expect(await runNow(page)).toMatchObject({ status: 200 });
    expect(await chosenBy(page)).toBe(own?.address);
    await light.stop('SIGKILL');
    await within(5000, async () => expect((await lekeOf(page)).instances).toEqual([]));
    expect(await runNow(page)).toMatchObject({ status: 503, message: expect.stringMatching(UNAVAILABLE) });
    expect(dev.log()).not.toMatch(/is not served here/);
  });
});

const UNAVAILABLE = /^bi-api-leke in group DEFAULT_GROUP: expected .*instance.*, got/;

async function runNow(page: string): Promise<RunRequestReply> {
  const headers = { 'content-type': 'application/json', 'x-bi-cron-console': '1' };
  const url = `${page}api/tasks/increment-order/run`;
  const answer = await fetch(url, { method: 'POST', headers, body: '{"data":{}}' });
  return (await answer.json()) as RunRequestReply; // the console's own format
}

/** The address that the latest run called; it is known once the function's log line is there. */
async function chosenBy(page: string): Promise<string | undefined> {
  return within(5000, async () => {
    const { runs } = await stateOf(page);
    expect(runs.at(-1)?.attempts).toMatchObject([{ isLogged: true }]);
    const { lastRun } = await lekeOf(page);
    expect(lastRun?.id).toBe(runs.at(-1)?.id);
    return lastRun?.address;
  });
}

async function lekeOf(page: string): Promise<ServiceView> {
  const found = (await stateOf(page)).services.find(({ name }) => name === 'bi-api-leke');
  if (found === undefined) throw new Error('bi-api-leke: expected it among the services');
  return found;
}

async function stateOf(page: string): Promise<ConsoleState> {
  const stop = new AbortController();
  const response = await fetch(`${page}api/feed`, { signal: stop.signal });
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (text.includes('\n\n')) break;
  }
  stop.abort();
  return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '') as ConsoleState; // the console's own format
}
