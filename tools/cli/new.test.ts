import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGeneric } from '../platform/backends/generic.ts';
import { startNacosServer } from '../platform/nacos/server.ts';
import { lint } from '../manifests/lint.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { listTasks, ROOT } from '../project.ts';
import { cli, json, type Ended } from './testing-cli.ts';

const COPIED = [
  'functions',
  'protos',
  'knative',
  'tools',
  'package.json',
  'tsconfig.json',
  '.oxfmtrc.json',
  '.oxlintrc.json',
];

let root: string;
let made: Ended;
beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'bi-cron-new-'));
  for (const entry of COPIED) cpSync(path.join(ROOT, entry), path.join(root, entry), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
  made = await cli(['new', 'refund-sync', '--backend', 'bi-api-wdt', '--no-safe-to-repeat', '--json'], { root });
  await command('node', 'tools/build/generate-types.ts');
  writeFileSync(path.join(root, 'own.json'), '{ "extends": "./tsconfig.json", "include": ["functions/refund-sync"] }');
  writeFileSync(
    path.join(root, 'vitest.config.ts'),
    "export default { test: { include: ['functions/**/*.test.ts'] } };\n",
  );
});
afterAll(() => rmSync(root, { recursive: true }));

/** Runs a command of the repository in the copy; rejects unless it exits 0. */
function command(name: string, ...args: readonly string[]) {
  const env = { ...process.env, PATH: `${path.join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` };
  return promisify(execFile)(name, args, { cwd: root, env });
}

async function* noInput(): AsyncGenerator<string> {}

it('is a task of the repository, with a schedule of its own', async () => {
  expect(made).toMatchObject({ status: 0, stderr: '' });
  expect(listTasks(root)).toEqual([...listTasks(), 'refund-sync'].toSorted());
  const listed = json(await cli(['list', '--json'], { root })) as { task: string }[];
  expect(listed.find(({ task }) => task === 'refund-sync')).toMatchObject({
    method: 'bi.wdt.v1.RefundSyncService/RefundSync',
    backend: 'bi-api-wdt',
    safeToRepeat: false,
    schedule: '17 * * * *',
    timezone: 'Asia/Shanghai',
    runBudget: '100s',
    timeoutSeconds: 120,
  });
});

it('passes the checks of format, types and lint, and its own tests', async () => {
  const checked = Promise.all([
    command('oxfmt', '--check', 'functions/refund-sync', 'knative'),
    command('oxlint', '--type-aware', '--deny-warnings', 'functions/refund-sync'),
    command('tsc', '-p', 'own.json'),
    command('vitest', 'run', 'functions/refund-sync'),
  ]);
  await expect(checked).resolves.toHaveLength(4);
}, 60_000);

it.each(['knative/base', 'knative/components/job/cron-job'])(
  '%s lints clean, kustomization included',
  async (folder) => {
    const { manifests, findings } = await readManifests([path.join(root, folder)], noInput());
    expect([...findings, ...lint(manifests, { tasks: listTasks(root), now: new Date() })]).toEqual([]);
    expect(manifests.map(({ kind, name }) => `${kind} ${name}`)).toContain(
      folder.endsWith('base') ? 'PingSource refund-sync' : 'CronJob refund-sync',
    );
  },
);

it('has a Trigger for the Broker, and a row in the tables of the comments', () => {
  const read = (file: string): string => readFileSync(path.join(root, 'knative', file), 'utf8');
  expect(read('components/broker/triggers.yaml')).toContain('namespaces/NAMESPACE/pingsources/refund-sync\n');
  expect(read('base/kustomization.yaml')).toMatch(/^# {3}refund-sync {13}100 s {12}120 s {12}3600 s {2}bi-api-wdt$/m);
  expect(read('components/job/cron-job/kustomization.yaml')).toMatch(/^# {3}refund-sync {13}100 s {20}390 s$/m);
});

it('runs at once', async () => {
  const backend = await startGeneric({
    protoFile: 'bi/wdt/v1/refund_sync.proto',
    service: 'bi.wdt.v1.RefundSyncService',
    includeDirs: [path.join(root, 'protos')],
    handlers: { RefundSync: () => ({ rowsRead: 7 }) },
  });
  const nacos = await startNacosServer();
  nacos.services.register({ serviceName: 'bi-api-wdt', ip: '127.0.0.1', port: backend.port });
  nacos.configs.publish('bi-cron.yaml', 'env: dev\ngrpc: { bi-api-wdt: { service: bi-api-wdt } }\n');
  const env = { DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: nacos.address };
  const ended = await cli(['run', 'refund-sync', '--json'], { root, env });
  expect([ended.status, json(ended)]).toMatchObject([0, { outcome: 'done', answer: { summary: { rows: 7 } } }]);
  await backend.stop();
  await nacos.close();
});

it('refuses a schedule that the lint would refuse, and writes nothing', async () => {
  const args = ['new', 'other-sync', '--backend', 'bi-api-leke', '--schedule', '7 * * * *'];
  const { status, stderr } = await cli(args, { root });
  expect([status, stderr]).toEqual([64, expect.stringContaining('K025')]);
  expect(listTasks(root)).not.toContain('other-sync');
});

it('asks nobody where there is no terminal', async () => {
  const { status, stderr } = await cli(['new', 'other-sync'], { root });
  expect([status, stderr]).toEqual([
    64,
    expect.stringContaining('--backend: expected a value (nobody can be asked here)'),
  ]);
});
