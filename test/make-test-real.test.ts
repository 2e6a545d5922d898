import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../tools/project.ts';
import { countJourneys } from './real/report.ts';
import { waitUntil } from './support/wait-until.ts';

const PROCESSES = JSON.stringify(path.join(ROOT, 'test/real/processes.ts'));
const UP = 'start: async () => ({ values: {}, stop: async () => {} })';

let folder: string;
const inFolder = (name: string): string => path.join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'make-test-real-'));
  for (const name of ['parts', 'cache', 'tmp']) mkdirSync(inFolder(name));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a part's folder; `rest` is what its object holds beside name and version. */
function writePart(name: string, rest: string, recipe = 'as it is'): void {
  mkdirSync(inFolder(`parts/${name}`), { recursive: true });
  writeFileSync(inFolder(`parts/${name}/recipe`), recipe);
  const part = `export const part = { name: '${name}', version: '1.2', ${rest} };`;
  writeFileSync(inFolder(`parts/${name}/part.ts`), `import { run, startServer } from ${PROCESSES};\n${part}\n`);
}

function startCommand(env: Record<string, string> = {}, ...args: readonly string[]) {
  const command = path.join(ROOT, 'test/real/real-command.ts');
  const own = { TMPDIR: inFolder('tmp'), BI_CRON_PARTS_CACHE: inFolder('cache'), REAL_REPORT: inFolder('report.json') };
  const child = spawn(process.execPath, [command, '--parts', inFolder('parts'), ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...own, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  const ended = once(child, 'close').then(([status]) => ({ status: status as number | null, output })); // what Node documents
  return { child, ended };
}

describe('make test-real', () => {
  it('builds a part once, and anew when its recipe changes', async () => {
    const build = `build: { recipe: ['recipe'], into: async () => {} }, ${UP}`;
    writePart('brick', build);
    expect((await startCommand({}, '--build-only').ended).output).toContain('brick 1.2: built');
    expect((await startCommand({}, '--build-only').ended).output).toContain('brick 1.2: build kept');
    writePart('brick', build, 'another one');
    expect((await startCommand({}, '--build-only').ended).output).toContain('brick 1.2: built');
    expect(readdirSync(inFolder('cache'))).toHaveLength(2);
  });

  it('tells a part that is left out from one that could not be built and from one that did not start', async () => {
    writePart('absent', `missing: async () => 'go: not installed', ${UP}`);
    writePart(
      'broken',
      `build: { recipe: ['recipe'], into: () => run('sh', ['-c', 'echo no such module >&2; exit 3']) }, ${UP}`,
    );
    writePart('mute', "start: async () => { throw new Error('it does not answer'); }");
    const { status, output } = await startCommand().ended;
    expect(status).toBe(1);
    expect(output).toMatch(/│ absent +│ 1\.2 .*│ left out: go: not installed/);
    expect(output).toMatch(/│ broken +│ 1\.2 .*│ 1 +│ could not be built: .*\n?.*no such module/);
    expect(output).toMatch(/│ mute +│ 1\.2 .*│ 1 +│ did not start: it does not answer/);
    expect(JSON.parse(readFileSync(inFolder('report.json'), 'utf8'))).toMatchObject({
      numPassedTests: 0,
      numFailedTests: 2,
    });
    expect([readdirSync(inFolder('cache')), readdirSync(inFolder('tmp'))]).toEqual([[], []]);
  });

  it('may leave a part out on a user’s machine, and not where CI_FORBID_SKIPS is 1', async () => {
    writePart('absent', `missing: async () => 'go: not installed', ${UP}`);
    expect((await startCommand().ended).status).toBe(0);
    expect((await startCommand({ CI_FORBID_SKIPS: '1' }).ended).status).toBe(1);
    expect(JSON.parse(readFileSync(inFolder('report.json'), 'utf8'))).toMatchObject({ numFailedTests: 1 });
  });

  it('names the parts when PART is none of them', async () => {
    writePart('brick', UP);
    const { status, output } = await startCommand({}, '--part', 'stone').ended;
    expect([status, output]).toEqual([1, expect.stringContaining('PART: expected one of brick, got "stone"')]);
  });

  it.each([
    ['SIGINT', 130, 'a build'],
    ['SIGTERM', 143, 'a build'],
    ['SIGHUP', 129, 'a build'],
    ['SIGINT', 130, 'a start'],
    ['SIGTERM', 143, 'a start'],
  ] as const)('leaves nothing behind after %s (exit status %i) during %s', async (signal, expected, during) => {
    const script = `sleep 1000 & echo $! > ${inFolder('child')}; wait`;
    const sh = `'sh', ['-c', ${JSON.stringify(script)}]`;
    const log = JSON.stringify(inFolder('log'));
    const slow = during === 'a build' ? `build: { recipe: ['recipe'], into: () => run(${sh}) }, ${UP}` : '';
    writePart(
      'slow',
      slow || `start: () => startServer(${sh}, ${log}).ended.then(() => { throw new Error('it ended'); })`,
    );
    const { child, ended } = startCommand();
    const pid = await waitUntil(() => Number(/^\d+\n$/.exec(readFileSync(inFolder('child'), 'utf8'))?.[0] ?? raise()));
    child.kill(signal);
    expect((await ended).status).toBe(expected);
    await waitUntil(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
    expect([readdirSync(inFolder('cache')), readdirSync(inFolder('tmp'))]).toEqual([[], []]);
  });
});

function raise(): never {
  throw new Error('not yet');
}

describe('the count of journeys', () => {
  const file = (name: string, status: string, ...journeys: readonly (readonly [string, string])[]) => ({
    name: `/parts/${name}`,
    status,
    assertionResults: journeys.map(([title, each]) => ({ title, status: each })),
  });

  it('holds what passed, what passed by failing as its title says, and what failed, a file that could not be read too', () => {
    const report = inFolder('vitest.json');
    const testResults = [
      file('brick/a.test.ts', 'passed', ['one', 'passed'], ['two (expected to fail: mortar)', 'passed']),
      file('brick/b.test.ts', 'failed', ['three', 'failed'], ['four', 'skipped']),
      file('brick/c.test.ts', 'failed'),
      file('brick-wall/a.test.ts', 'passed', ['not ours', 'passed']),
    ];
    writeFileSync(report, JSON.stringify({ testResults }));
    expect(countJourneys(report, '/parts/brick')).toEqual({ passed: 2, expectedToFail: 1, failed: 3 });
  });

  it('is one that failed when vitest left no report', () => {
    expect(countJourneys(inFolder('none.json'), '/parts/brick')).toEqual({ passed: 0, expectedToFail: 0, failed: 1 });
  });
});

describe('the programs of the parts', () => {
  const listed = execFileSync('git', ['ls-files', '*.go', '*.py'], { cwd: ROOT, encoding: 'utf8' });
  const programs = listed.trim().split('\n');

  it('are short, and begin by saying what they stand for', () => {
    const texts = programs.map((name) => ({ name, text: readFileSync(path.join(ROOT, name), 'utf8') }));
    expect(texts.filter(({ text }) => text.split('\n').length > 200)).toEqual([]);
    const mains = texts.filter(({ name }) => name.endsWith('/main.go') || name.endsWith('.py'));
    expect(mains.length).toBeGreaterThan(0);
    expect(mains.filter(({ text }) => !/^(?:\/\/|""").*\bstands for /i.test(text))).toEqual([]);
  });

  const hasGofmt = spawnSync('gofmt', ['-h']).error === undefined || process.env['CI_FORBID_SKIPS'] === '1';
  it.skipIf(!hasGofmt)('in Go are written as gofmt writes them (skipped without gofmt)', () => {
    const files = programs.filter((program) => program.endsWith('.go'));
    expect(execFileSync('gofmt', ['-l', ...files], { cwd: ROOT, encoding: 'utf8' })).toBe('');
  });
});
