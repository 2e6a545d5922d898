import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lint } from '../manifests/lint.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { listTasks, ROOT } from '../project.ts';
import { cli, json, type Ended } from '../../test/support/cli.ts';

const COPIED = [
  'functions',
  'protos',
  'knative',
  'tools',
  'test/support',
  'package.json',
  'tsconfig.json',
  '.oxfmtrc.json',
  '.oxlintrc.json',
];
// names that no task of the repository has, so long that lines of the code must be broken
const TASK = 'a1-made-in-a-test-and-nowhere-else';
const BACKEND = 'bi-api-made-in-a-test';

let root: string;
let made: Ended;
beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'bi-cron-new-'));
  for (const entry of COPIED) cpSync(path.join(ROOT, entry), path.join(root, entry), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
  made = await cli(['new', TASK, '--backend', BACKEND, '--json'], { root });
  await command('node', 'tools/build/generate-types.ts');
  writeFileSync(path.join(root, 'own.json'), `{ "extends": "./tsconfig.json", "include": ["functions/${TASK}"] }`);
  writeFileSync(
    path.join(root, 'vitest.config.ts'),
    "export default { test: { include: ['functions/**/*.test.ts'] } };\n",
  );
});
afterAll(() => rmSync(root, { recursive: true }));

/** Runs a command of the repository in the copy; rejects unless it exits 0. */
function command(name: string, ...args: readonly string[]) {
  const searchPath = `${path.join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
  const env = { ...process.env, NO_COLOR: '1', PATH: searchPath }; // a CI is given colours
  return promisify(execFile)(name, args, { cwd: root, env });
}

async function* noInput(): AsyncGenerator<string> {}

it('is a task of the repository, with a schedule of its own', async () => {
  expect(made).toMatchObject({ status: 0, stderr: '' });
  expect(listTasks(root)).toEqual([...listTasks(), TASK].toSorted());
  const [listed, next] = await Promise.all([
    cli(['list', '--json'], { root }),
    cli(['next', TASK, '--json'], { root }),
  ]);
  expect((json(listed) as { task: string }[]).find(({ task }) => task === TASK)).toMatchObject({
    method: 'bi.made_in_a_test.v1.A1MadeInATestAndNowhereElseService/A1MadeInATestAndNowhereElse',
    backend: BACKEND,
    safeToRepeat: false,
    schedule: '17 * * * *',
    timezone: 'Asia/Shanghai',
    runBudget: '100s',
    timeoutSeconds: 120,
  });
  expect(json(next)).toMatchObject([{ task: TASK, schedule: '17 * * * *' }]);
});

it('passes the checks of format, types and lint, and its own tests', async () => {
  const checked = Promise.all([
    command('oxfmt', '--check', `functions/${TASK}`, 'knative'),
    command('oxlint', '--type-aware', '--deny-warnings', `functions/${TASK}`),
    command('tsc', '-p', 'own.json'),
    command('vitest', 'run', `functions/${TASK}`),
  ]);
  await expect(checked).resolves.toHaveLength(4);
}, 60_000);

it.each(['knative/base', 'knative/components/job/cron-job'])(
  '%s lints clean, kustomization included',
  async (folder) => {
    const { manifests, findings } = await readManifests([path.join(root, folder)], noInput());
    expect([...findings, ...lint(manifests, { tasks: listTasks(root), now: new Date() })]).toEqual([]);
    expect(manifests.map(({ kind, name }) => `${kind} ${name}`)).toContain(
      `${folder.endsWith('base') ? 'PingSource' : 'CronJob'} ${TASK}`,
    );
  },
);

it('has a Trigger for the Broker, budgets of its own, and changes nothing else', () => {
  const read = (folder: string, file: string): string => readFileSync(path.join(folder, 'knative', file), 'utf8');
  const triggers = read(root, 'components/broker/triggers.yaml');
  expect(triggers.startsWith(read(ROOT, 'components/broker/triggers.yaml'))).toBe(true);
  expect(triggers).toContain(`namespaces/NAMESPACE/pingsources/${TASK}\n`);
  expect(read(root, `components/job/cron-job/${TASK}.yaml`)).toContain('activeDeadlineSeconds: 390\n');
  expect(read(root, `base/${TASK}.yaml`)).toMatch(/^# Runs [^\n]+: 17 \* \* \* \* \(Asia\/Shanghai\)\.\napiVersion/);
  for (const list of ['base/kustomization.yaml', 'components/job/cron-job/kustomization.yaml'])
    expect(read(root, list).replace(`  - ${TASK}.yaml\n`, '')).toBe(read(ROOT, list));
});

it('runs at once: make run sends it an event, and the embedded backend has its method', async () => {
  const { stdout } = await command('node', 'tools/dev/run-command.ts', '--task', TASK);
  expect(stdout).toMatch(new RegExp(`^${TASK} +done +200 OK `, 'm'));
}, 60_000);

it('is seen at once: make dev schedules it, and its console runs it', async () => {
  const args = [path.join(root, 'tools/dev/dev-command.ts'), '--no-open', '--port', '0', '--speed', '1'];
  const dev = spawn(process.execPath, args, { cwd: root, env: { ...process.env, FORCE_COLOR: '0' } });
  const ended = new Promise((resolve) => void dev.once('close', resolve));
  const url = await new Promise<string>((resolve) => {
    let output = '';
    dev.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const [address] = /http:\S+\//.exec(output) ?? [];
      if (address !== undefined && output.includes('Ctrl-C')) resolve(address);
    });
  });
  const headers = { 'content-type': 'application/json', 'x-bi-cron-console': '1' };
  const run = await fetch(`${url}api/tasks/${TASK}/run`, { method: 'POST', headers, body: '{"data":{}}' });
  expect(await run.json()).toMatchObject({ status: 200 });
  let state = '';
  for await (const chunk of (await fetch(`${url}api/feed`)).body ?? []) {
    state += Buffer.from(chunk).toString();
    if (state.includes('\n\n')) break;
  }
  dev.kill('SIGINT');
  expect(state).toContain(`{"name":"${TASK}","backend":"${BACKEND}"`);
  expect(state).toContain('At 17 minutes past the hour');
  expect(await ended).toBe(0);
}, 60_000);

describe.concurrent('writes nothing', () => {
  it('when the lint would refuse the schedule', async () => {
    const args = ['new', 'b2-made-in-a-test', '--backend', 'bi-api-leke', '--schedule', '7 * * * *'];
    const { status, stderr } = await cli(args, { root });
    expect([status, stderr]).toEqual([64, expect.stringMatching(/knative\/base\/b2-made-in-a-test\.yaml:\d+ K025/)]);
    expect(listTasks(root)).not.toContain('b2-made-in-a-test');
  });

  it('to be looked at first, by --dry-run', async () => {
    const { status, stdout } = await cli(['new', 'b2-made-in-a-test', '--backend', 'bi-api-leke', '--dry-run'], {
      root,
    });
    expect(status).toBe(0);
    expect(stdout).toContain('  new      functions/b2-made-in-a-test/task.ts\n');
    expect(stdout).toContain('  changed  knative/base/kustomization.yaml\n');
    expect(existsSync(path.join(root, 'functions/b2-made-in-a-test'))).toBe(false);
  });

  it('where nobody can be asked for the backend', async () => {
    const { status, stderr } = await cli(['new', 'b2-made-in-a-test'], { root });
    expect([status, stderr]).toEqual([
      64,
      expect.stringContaining('--backend: expected a value (there is no terminal to ask at)'),
    ]);
  });
});

it('tells what to do next, and what a new backend needs in Nacos', async () => {
  const args = ['new', 'c3-made-in-a-test', '--backend', 'bi-api-1688', '--budget', '30s', '--safe-to-repeat'];
  const { status, stdout } = await cli(args, { root });
  expect(status).toBe(0);
  expect(stdout).toContain('make run TASK=c3-made-in-a-test');
  expect(stdout).toContain('protos/bi/api_1688/v1/c3_made_in_a_test.proto');
  expect(stdout).toContain('grpc: { bi-api-1688: { service: bi-api-1688 } }');
});
