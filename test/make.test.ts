import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listTasks, ROOT } from '../tools/project.ts';

const TAKEN_PORTS = [7777, 8080, 8848];

/** Runs make as a user does; never rejects. */
async function make(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const env = { ...process.env, NO_COLOR: '1' };
  try {
    return { status: 0, ...(await promisify(execFile)('make', args, { cwd: ROOT, env, timeout: 80_000 })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }; // what execFile rejects with
    return { status: code, stdout, stderr };
  }
}

describe('make run, with the usual ports taken by other programs', () => {
  let others: Server[];
  beforeAll(async () => {
    others = await Promise.all(TAKEN_PORTS.map(occupy));
  });
  afterAll(() => others.forEach((other) => other.close()));

  it('prints a row per task, all done, and exits 0', async () => {
    const { status, stdout } = await make('run');
    const rows = stdout.split('\n').filter((line) => /^\S+ +done +200 OK /.test(line));
    expect([status, rows.map((row) => row.split(' ', 1)[0])]).toEqual([0, listTasks()]);
  });

  it('sends a manual event with TASK and DATA', async () => {
    const end = new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000);
    const window = { start: new Date(end.getTime() - 3_600_000).toISOString(), end: end.toISOString() };
    const { status, stdout } = await make('run', 'TASK=increment-order', `DATA=${JSON.stringify({ window })}`);
    expect([status, stdout.match(/^increment-order +done/gm)]).toEqual([0, [expect.any(String)]]);
    expect(stdout).not.toContain('goods-onsale');
  });

  it.each([`{"it's":1}`, '{"$(HOME)":1}', '{"`id`":1,"$HOME":2}'])('hands DATA=%s on as it is', async (data) => {
    const { status, stderr } = await make('run', 'TASK=increment-order', `DATA=${data}`);
    const [name = ''] = Object.keys(JSON.parse(data) as object);
    expect([status, stderr]).toEqual([2, expect.stringContaining(`data.${name}: `)]);
  });

  it('says what is wrong with the data and exits 1', async () => {
    const { status, stderr } = await make('run', 'TASK=increment-order', 'DATA={"pageSize":"many"}');
    expect(status).toBe(2); // make's own status for a failed recipe
    expect(stderr).toContain('increment-order: data.pageSize: expected a whole number (int32), got "many"');
  });

  it('names the tasks when TASK is none of them', async () => {
    const { status, stderr } = await make('run', 'TASK=orders');
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining(`TASK: expected one of ${listTasks().join(', ')}, got "orders"`),
    ]);
  });
});

it('make help lists every target with one line', async () => {
  const { stdout } = await make('help');
  const targets = /^\.PHONY: (.+)$/m.exec(readFileSync(path.join(ROOT, 'Makefile'), 'utf8'))?.[1]?.split(' ') ?? [];
  expect(targets).toContain('test');
  expect(
    stdout
      .split('\n')
      .flatMap((line) => /^ {2}make (\S+) +\S/.exec(line)?.[1] ?? [])
      .toSorted(),
  ).toEqual(targets.toSorted());
});

it('make test FILE=… runs one file, without the checks', async () => {
  const { status, stdout } = await make('-n', 'test', 'FILE=tools/bench/samples.test.ts');
  const commands = stdout.split('\n').filter((line) => /^npm run -s (?:check|test)\b/.test(line));
  expect([status, commands]).toEqual([0, ['npm run -s test -- tools/bench/samples.test.ts']]);
});

it.each(['task=full-order', 'data={}', 'only=cold', 'file=a.test.ts'])(
  'make refuses %s, and says how it is written',
  async (setting) => {
    const { status, stderr } = await make('-n', 'run', setting);
    const [name = ''] = setting.split('=');
    expect([status, stderr]).toEqual([2, expect.stringContaining(`expected ${name.toUpperCase()}=…, got ${name}=…`)]);
  },
);

it.each(['speed=60', 'PORT=8848', 'Task=full-order'])('make refuses %s, which no target knows', async (setting) => {
  const { status, stderr } = await make('-n', 'run', setting);
  const [name = ''] = setting.split('=');
  expect([status, stderr]).toEqual([2, expect.stringMatching(new RegExp(`expected .*TASK.*=…, got ${name}=…`))]);
});

function occupy(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(server)); // another program has it already, which is as good
    server.listen(port, () => resolve(server));
  });
}
