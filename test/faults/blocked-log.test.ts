import { spawn, type ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { appArguments } from '../../tools/stack/function-process.ts';
import { findFreePort } from '../../tools/stack/free-port.ts';
import { APP_DIR } from '../support/app-dir.ts';
import { waitUntil } from '../support/wait-until.ts';
import { openPlatform, type OnTestFinished } from './platform.ts';

// The reader of standard output may stop (a log agent that hangs) or be out of space; neither may stop the functions.

interface Process {
  readonly child: ChildProcess;
  readonly url: string;
}

/** A function whose standard output nobody reads unless the test does, or is this file; CALLER_AUTH=off, which is told on standard error. */
async function startUnread(
  onTestFinished: OnTestFinished,
  stdout: 'pipe' | number = 'pipe',
  stderr: 'ignore' | number = 'ignore',
): Promise<Process> {
  const platform = await openPlatform(onTestFinished);
  const port = await findFreePort();
  const child = spawn(process.execPath, appArguments(APP_DIR), {
    env: {
      PATH: process.env['PATH'] ?? '',
      ...platform.env,
      CALLER_AUTH: 'off',
      FUNCTION_TARGET: 'increment-order',
      PORT: String(port),
    },
    stdio: ['ignore', stdout, stderr],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}/`;
  await waitUntil(() => fetch(url)); // 405, which is logged too
  return { child, url };
}

/** Refused events, each of which is a log line; rejects when a batch of them gets no answer. */
async function refuse(url: string, count: number): Promise<void> {
  for (let left = count; left > 0; left -= BATCH) {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const batch = Array.from({ length: Math.min(left, BATCH) }, async () => {
      const headers = { 'ce-specversion': '0.3', 'ce-id': 'i', 'ce-source': '/s', 'ce-type': 't' };
      await (await fetch(url, { method: 'POST', headers, signal })).arrayBuffer();
    });
    await Promise.all(batch);
  }
}

const LINES = 1000; // each of some 200 bytes: far more than the 64 KiB of a pipe
const BATCH = 50;
const TIMEOUT_MS = 5000; // for a batch, far more than is needed where nothing blocks

describe('a log reader that stops', () => {
  it('stops no request', { timeout: 30_000 }, async ({ onTestFinished }) => {
    const { url } = await startUnread(onTestFinished);
    await expect(refuse(url, LINES)).resolves.toBeUndefined();
  });

  it('does not keep the process from ending', { timeout: 30_000 }, async ({ onTestFinished }) => {
    const { child, url } = await startUnread(onTestFinished);
    await refuse(url, LINES).catch(() => undefined);
    child.kill('SIGTERM');
    const [status] = (await once(child, 'exit', { signal: AbortSignal.timeout(TIMEOUT_MS) })) as [number | null];
    expect(status).toBe(0);
  });

  it('finds out how many lines it missed', { timeout: 60_000 }, async ({ onTestFinished }) => {
    const { child, url } = await startUnread(onTestFinished);
    await refuse(url, 6 * LINES); // more than is queued until it is read
    let written = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (written += chunk));
    await refuse(url, 1);
    child.kill('SIGTERM');
    await once(child, 'close', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    expect(written).toMatch(/"dropped\w*":[1-9]\d*/);
  });
});

it(
  'standard output and standard error without space end no process, nor make it deaf',
  { timeout: 30_000 },
  async ({ onTestFinished }) => {
    const full = openSync('/dev/full', 'w');
    const { child, url } = await startUnread(onTestFinished, full, full);
    await refuse(url, 3);
    expect(child.exitCode).toBeNull();
    child.kill('SIGTERM');
    expect(await once(child, 'exit', { signal: AbortSignal.timeout(TIMEOUT_MS) })).toEqual([0, null]);
  },
);
