import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { listTasks, ROOT } from '../project.ts';
import { cli, json, startCli } from '../../test/support/cli.ts';
import { SPELLINGS } from '../../test/support/secret-spellings.ts';

const COMMANDS = ['list', 'next', 'run', 'send', 'backfill', 'doctor', 'new', 'complete'];

describe.concurrent('bi-cron', () => {
  it('shows its commands, not the old ones, and its exit codes', async () => {
    const { status, stdout } = await cli(['--help']);
    expect(status).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    expect(stdout).toContain('Exit status:');
    expect(stdout).not.toContain('leke');
  });

  it('shows no secret of its environment, in whatever spelling', async () => {
    const secret = 'Planted-Pass+word/4711=';
    const all = Object.values(SPELLINGS).map((spell) => spell(secret));
    const { status, stdout, stderr } = await cli(['send', 'full-order', ...all], { env: { NACOS_PASSWORD: secret } });
    expect(status).not.toBe(0);
    expect(all.filter((spelling) => (stdout + stderr).includes(spelling))).toEqual([]);
    const quoted = await cli(['run', secret], { env: { NACOS_PASSWORD: secret } });
    expect(quoted.stderr).toContain('got "[redacted]"');
  });

  it.each([
    [['orders'], "bi-cron: unknown command 'orders'"],
    [['lst'], '(Did you mean list?)'],
    [['list', '--jsn'], '(Did you mean --json?)'],
    [['run', 'ful-order'], 'got "ful-order" (did you mean full-order?)'],
    [['run', 'orders'], `task: expected one of ${listTasks().join(', ')}, got "orders"\n`],
    [['run'], `task: expected one of ${listTasks().join(', ')}, got nothing`],
    [['run', 'full-order', '--data', '{'], '--data: expected JSON, got '],
    [['run', 'full-order', '--data', '[]'], '--data: expected a JSON object'],
    [['run', 'full-order', '--data', '@nowhere.json'], '--data @nowhere.json: expected a readable file, got ENOENT'],
    [['run', 'full-order'], 'DEPLOY_ENV: expected one of dev, test, staging, prod, got nothing'],
    [['next', '--count', '0'], '--count: expected a whole number from 1 to 1000, got "0"'],
    [['send', 'full-order', '--url', 'ftp://x/'], '--url: expected an http:// or https:// URL, got "ftp://x/"'],
    [['backfill', 'full-order', '--to', '2026-01-01T00:00:00Z'], "required option '--from <time>' not specified"],
    [['new', 'Refunds', '--backend', 'bi-api-leke'], 'task: expected lower-case words with hyphens'],
    [['new', 'full-order', '--backend', 'bi-api-leke'], 'task: expected a new name, but functions/full-order exists'],
  ])('%j exits 64 and says why', async (args, why) => {
    const { status, stdout, stderr } = await cli(args);
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toContain(why);
  });

  it('tells its version', async () => {
    expect((await cli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each(['--help', ...COMMANDS.map((command) => `${command} --help`)])('%s fits into 80 columns', async (line) => {
    const { stdout } = await cli(line.split(' '), { env: { COLUMNS: '80' } });
    expect(stdout.split('\n').filter((each) => each.length > 80)).toEqual([]);
  });

  it.each([80, 60])('list fits into %d columns', async (columns) => {
    const { stdout } = await cli(['list'], { env: { COLUMNS: String(columns) } });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    for (const task of listTasks()) expect(stdout).toContain(task);
  });

  it('says nothing when nobody reads on, as with | head', async () => {
    const { child, ended } = startCli(['--help']);
    child.stdout.destroy();
    expect(await ended).toMatchObject({ status: 0, stderr: '' });
  });

  it('list tells methods, schedules, next runs, time-outs, and what may be repeated', async () => {
    const listed = json(await cli(['list', '--json'])) as { task: string }[];
    expect(listed.map(({ task }) => task)).toEqual(listTasks());
    expect(listed.find(({ task }) => task === 'increment-order')).toEqual({
      task: 'increment-order',
      method: 'bi.leke.v1.OrderService/TaobaoSyncIncrementOrder',
      backend: 'bi-api-leke',
      safeToRepeat: true,
      schedule: '3-59/10 * * * *',
      timezone: 'Asia/Shanghai',
      nextRun: expect.stringMatching(/T\d\d:[0-5]3:00\.000Z$/) as unknown,
      runBudget: '100s',
      timeoutSeconds: 120,
    });
  });

  it('has colours where they are forced, and none in a pipe', async () => {
    const [forced, piped] = await Promise.all([cli(['list'], { env: { FORCE_COLOR: '1' } }), cli(['list'])]);
    expect(forced.stdout).toContain('\u001B[');
    expect(piped.stdout).not.toContain('\u001B[');
    const off = await cli(['list', '--no-color'], { env: { FORCE_COLOR: '1' } });
    expect(off.stdout).toBe(piped.stdout);
  });

  it.each([
    [['do'], ['doctor']],
    [['run', ''], listTasks()],
    [['backfill', '--re'], ['--resume']],
  ])('completes %j', async (words, expected) => {
    const { stdout } = await cli(['complete', '--', ...words]);
    const offered = stdout
      .split('\n')
      .flatMap((line) => line.split('\t', 1))
      .filter((word) => !/^:|^$/.test(word)); // the last line is a directive
    expect(offered).toEqual(expected);
  });

  it.each(['bash', 'zsh', 'fish', 'powershell'])('prints the completion script of %s', async (shell) => {
    expect((await cli(['complete', shell])).stdout).toMatch(
      new RegExp(`^# ?(?:compdef )?${shell === 'zsh' ? 'bi-cron' : `${shell} completion for bi-cron`}`),
    );
  });

  it.each([
    ['bi-cron ru', 1, ['run']],
    ['bi-cron run full-', 2, ['full-order']],
    ['bi-cron backfill full-order --re', 3, ['--resume']],
    ['bi-cron run full-order --env knative/overlays/d', 4, ['knative/overlays/dev']],
    ['bi-cron run full-order --env = knative/overlays/d', 5, ['knative/overlays/dev']],
  ])('completes %j in a plain bash that has sourced the script twice', async (line, word, expected) => {
    const script = `source <(bi-cron complete bash); source <(bi-cron complete bash) || exit 1
      COMP_WORDS=(${line}); COMP_CWORD=${word}; _bi_cron_complete 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { PATH: `${path.join(ROOT, 'tools/cli')}:${process.env['PATH'] ?? ''}` };
    const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-c', script], { cwd: ROOT, env });
    expect([stdout.trim().split('\n'), stderr]).toEqual([expected, '']);
  });
});
