import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { APP_DIR } from '../../test/support/app-dir.ts';
import { createFunction } from '../../functions/runtime/handle.ts';
import { startHost } from '../../functions/runtime/host/host.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { listTasks, loadTask, ROOT } from '../project.ts';
import { appArguments } from '../stack/function-process.ts';
import { buildCli } from './build.ts';
import { IMAGE_NODE, layOutImage } from './image-root.ts';

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

let stack: Stack;
let folder: string;
const appDir = () => path.join(folder, 'app');
const binDir = () => path.join(folder, 'bin');

/** The image's files where the image has them: no node_modules, no sources, `bi-cron` in another folder of the PATH. */
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cli-bundle-'));
  mkdirSync(binDir());
  for (const file of ['main.cjs', 'app.js', 'app.cache']) cpSync(path.join(APP_DIR, file), path.join(appDir(), file));
  await buildCli({ root: ROOT, outDir: appDir() });
  renameSync(path.join(appDir(), 'bi-cron'), path.join(binDir(), 'bi-cron'));
  stack = await startStack();
});
beforeEach(() => {
  stack.leke.calls.clear();
  stack.jushuitan.calls.clear();
});
afterAll(async () => {
  await stack.close();
  rmSync(folder, { recursive: true });
});

/** A process as a container has it: from the root folder, with the environment of its pod. */
function run(file: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const own = { PATH: `${binDir()}:${path.dirname(process.execPath)}`, ...env };
  return new Promise((resolve) => {
    execFile(file, args, { cwd: '/', env: own, timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** `args` of a container. */
const runContainer = (args: readonly string[], env: Readonly<Record<string, string>> = stack.env): Promise<Ended> =>
  run(process.execPath, [...appArguments(appDir()), ...args], env);
/** `kubectl exec … -- bi-cron …` */
const runCommand = (args: readonly string[], env: Readonly<Record<string, string>> = stack.env): Promise<Ended> =>
  run('/usr/bin/env', ['bi-cron', ...args], env);

const methodsCalled = (): string[] =>
  [stack.leke, stack.jushuitan].flatMap(({ calls }) => calls.all().map(({ method }) => method));

it.each([
  [['leke', 'goods', 'onsale'], 'goods-onsale', 'TaobaoItemsOnsale'],
  [['leke', 'order', 'full'], 'full-order', 'TaobaoSyncFullOrder'],
  [['leke', 'order', 'increment'], 'increment-order', 'TaobaoSyncIncrementOrder'],
  [['jushuitan', 'inventory', 'fetch'], 'inventory-fetch', 'AsyncFetch'],
])('a Job of the Go tool with the arguments %j works in the image, and calls once', async (args, task, method) => {
  const { status, stdout } = await runContainer(args);
  expect([status, methodsCalled()]).toEqual([0, [method]]);
  expect(JSON.parse(stdout)).toMatchObject({ task, outcome: 'done', trigger: 'manual' }); // the one log line
});

it('the image without arguments, or with "once", is the function as before', async () => {
  const once = await runContainer(['once', '--task', 'goods-onsale']);
  expect([once.status, JSON.parse(once.stdout)]).toEqual([0, expect.objectContaining({ outcome: 'done' })]);
  const served = await runContainer([], { ...stack.env, FUNCTION_TARGET: 'orders' });
  expect([served.status, served.stderr]).toEqual([1, expect.stringContaining('FUNCTION_TARGET: expected the name')]);
});

it('an argument that is no command exits 64 and says so', async () => {
  expect(await runContainer(['orders'])).toMatchObject({
    status: 64,
    stderr: expect.stringContaining("bi-cron: unknown command 'orders'") as string,
  });
});

it('bi-cron is found on the PATH and has the commands that need no repository', async () => {
  const { stdout } = await runCommand(['--help'], {});
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) .*(?:\[options\]|\[command\])/gm)].map(([, name]) => name);
  expect(commands).toEqual(['list', 'next', 'run', 'send', 'backfill', 'doctor', 'help']);
});

it('knows the tasks, and says that it has no schedules', async () => {
  const listed = await runCommand(['list', '--json'], {});
  expect((JSON.parse(listed.stdout) as { task: string }[]).map(({ task }) => task)).toEqual(listTasks());
  expect(listed.stderr).toContain('no manifests here');
  const next = await runCommand(['next'], {});
  expect([next.status, next.stderr]).toEqual([64, expect.stringContaining('knative/base is not here')]);
  const base = path.join(ROOT, 'knative/base');
  const given = await runCommand(['next', 'full-order', '--manifests', base, '--json'], {});
  expect(JSON.parse(given.stdout)).toMatchObject([{ task: 'full-order', schedule: '45 2 * * *' }]);
});

it('doctor finds everything in order', async () => {
  const { status, stdout } = await runCommand(['doctor', '--json']);
  const checks = JSON.parse(stdout) as { area: string; state: string }[];
  expect([status, checks.filter(({ state }) => state === 'fail')]).toEqual([0, []]);
  expect(new Set(checks.map(({ area }) => area))).toContain('bi-api-leke');
});

it('--dry-run shows the request that its descriptors make', async () => {
  const args = ['run', 'increment-order', '--slot', '2026-11-22T05:43:00Z', '--dry-run', '--json'];
  expect(JSON.parse((await runCommand(args)).stdout)).toMatchObject({
    chosen: stack.leke.address,
    request: { window: { start: '2026-11-22T03:33:00Z', end: '2026-11-22T05:43:00Z' } },
  });
});

it('send reaches a function by its URL', async () => {
  const fn = await createFunction(await loadTask('goods-onsale'), { ...stack.env, LOG_LEVEL: 'silent' });
  const host = await startHost(fn, 0);
  const { status, stdout } = await runCommand(
    ['send', 'goods-onsale', '--url', `http://127.0.0.1:${host.port}/`, '--json'],
    {},
  );
  await host.drain();
  expect([status, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ outcome: 'done' })]);
});

it('backfill works in its own process and keeps its state where --state says', async () => {
  const state = path.join(folder, 'state.json');
  const span = ['--from', '2026-11-17T00:00:00Z', '--to', '2026-11-18T00:00:00Z', '--step', '12h'];
  const { status, stdout } = await runCommand(['backfill', 'increment-order', ...span, '--state', state, '--json']);
  expect([status, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ done: 2, isComplete: true })]);
  expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({ task: 'increment-order', done: { length: 2 } });
});

it('holds no path of the machine that built it, and the licence of every bundled package', () => {
  expect(readFileSync(path.join(appDir(), 'cli.cjs'), 'utf8')).not.toContain(ROOT);
  const licences = readFileSync(path.join(appDir(), 'LICENSES-cli.txt'), 'utf8');
  for (const name of ['commander', 'cli-table3', 'cli-progress', 'picocolors', 'croner', 'cloudevents'])
    expect(licences).toContain(`\n${name} `);
  expect(licences).not.toContain('undefined');
});

it('the image has it where main.cjs and the PATH look for it', async () => {
  const built = path.join(folder, 'built');
  cpSync(APP_DIR, built, { recursive: true });
  await buildCli({ root: ROOT, outDir: built, runDir: '/app', node: IMAGE_NODE });
  const image = path.join(folder, 'image');
  layOutImage({ appDir: built, outDir: image, isWhole: false });
  for (const name of ['cli.cjs', 'LICENSES-cli.txt', 'main.cjs'])
    expect(readFileSync(path.join(image, 'app', name))).toEqual(readFileSync(path.join(built, name)));
  const dockerfile = readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8');
  const onPath = /^ENV .*\bPATH=(\S+)/m.exec(dockerfile)?.[1] ?? '';
  expect(statSync(path.join(image, onPath, 'bi-cron')).mode & 0o111).toBe(0o111);
  expect(dockerfile).toContain('tools/build/build-command.ts --out /app --image-root /image');
});
