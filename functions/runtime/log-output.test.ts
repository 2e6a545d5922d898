import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SECRET = 'c0rrect"horse\\battery';

/** What a process writes that logs one failed run at this level, with the secret in every place where text may stand. */
async function outputAt(level: string): Promise<{ stdout: string; stderr: string }> {
  const at = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
  const script = `
    const { createLog, logRun } = await import(${at('log.ts')});
    const { createRedact } = await import(${at('redact.ts')});
    const { RunError, quoteValue } = await import(${at('run-error.ts')});
    const { resultOf } = await import(${at('../../test/support/run-result.ts')});
    const secret = ${JSON.stringify(SECRET)};
    const error = new RunError({ outcome: 'unknown', reason: 'bug' }, 'password: expected another, got ' + quoteValue(secret), {
      field: 'tasks.' + secret,
      cause: new Error('refused /login?password=' + encodeURIComponent(secret), { cause: new Error(secret) }),
    });
    const { createLineWriter } = await import(${at('line-writer.ts')});
    const output = createLineWriter(1);
    const log = await createLog(${JSON.stringify(level)}, createRedact([secret]), output);
    const context = { task: 'goods-onsale', callers: 2, status: 500, now: new Date() };
    logRun(log, resultOf(error.ending, { error, target: secret, summary: { rows: 1, note: secret } }), context);
    await output.flush();
  `;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
  return await promisify(execFile)(process.execPath, args);
}

it('a run is exactly one line of JSON on standard output, and secrets are hidden in all of it', async () => {
  const { stdout, stderr } = await outputAt('info');
  expect(stderr).toBe('');
  expect(stdout.match(/\n/g)).toHaveLength(1);
  expect(stdout.endsWith('}\n')).toBe(true);
  const line = JSON.parse(stdout) as Record<string, unknown>;
  expect(line).toMatchObject({
    level: 'error',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    callers: 2,
    field: 'tasks.[redacted]',
    error: 'password: expected another, got "[redacted]"',
    target: '[redacted]',
    summary: { rows: 1, note: '[redacted]' },
    err: { type: 'Error', message: expect.stringContaining('refused /login?password=[redacted]') as string },
  });
  expect(Object.keys(line)).not.toContain('pid');
  expect(stdout).not.toMatch(/horse\\*battery/);
  expect(stdout).not.toContain(encodeURIComponent(SECRET));
});

it('a line below the level is not written', async () => {
  expect(await outputAt('fatal')).toEqual({ stdout: '', stderr: '' });
});
