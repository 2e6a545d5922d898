import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { waitUntil } from '../../../test/support/wait-until.ts';
import { findFreePort } from '../../../tools/stack/free-port.ts';
import { startHost } from './host.ts';
import { openFunction, startTestEnv } from '../../../test/support/serve-function.ts';
import { manualHeaders, openWire, requestText, sendManual } from '../../../test/support/http.ts';

interface Process {
  readonly port: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** The exit status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Runs the image's entry from source, with this environment only. */
async function startMain(env: Readonly<Record<string, string>>): Promise<Process> {
  const port = Number(env['PORT'] ?? (await findFreePort()));
  const main = path.join(import.meta.dirname, 'main.ts');
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], FUNCTION_TARGET: 'goods-onsale', ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (status, signal) => resolve(status ?? signal));
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    port,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    kill: (signal) => void child.kill(signal),
    ended,
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.destroy());
    socket.once('error', () => resolve(false));
    socket.once('close', (hadError) => resolve(!hadError));
  });
}

async function startListening(env: Readonly<Record<string, string>>): Promise<Process> {
  const main = await startMain(env);
  await waitUntil(async () => expect(await isOpen(main.port)).toBe(true));
  return main;
}

const runsOf = ({ stdout }: Process): unknown[] =>
  stdout()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

test.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])(
  'an idle process ends with status 0 on %s, silently',
  async (signal) => {
    const { env } = await startTestEnv();
    const main = await startListening(env);
    main.kill(signal);
    expect(await main.ended).toBe(0);
    expect(main.stdout()).toBe('');
    expect(main.stderr()).toBe('');
  },
);

test.each([1, 2])(
  'SIGTERM %i time(s) in mid-call: the caller gets its answer, the line is written, status 0',
  async (times) => {
    const { promise, resolve } = Promise.withResolvers<object>();
    const { env, backend } = await startTestEnv(() => promise);
    const main = await startListening(env);
    const arrived = backend.calls.next();
    const running = sendManual(main.port, 'm1');
    await arrived;
    for (let sent = 0; sent < times; sent += 1) main.kill('SIGTERM');
    await waitUntil(async () => expect((await sendManual(main.port, 'm2')).status).toBe(503));
    resolve({ goodsRead: 7 });
    expect(await running).toMatchObject({ status: 200, body: { data: { summary: { rows: 7 } } } });
    expect(await main.ended).toBe(0);
    expect(await isOpen(main.port)).toBe(false);
    expect(runsOf(main).at(-1)).toMatchObject({
      task: 'goods-onsale',
      runKey: 'goods-onsale@manual:m1',
      outcome: 'done',
      status: 200,
    });
    expect(main.stderr()).toBe('');
  },
);

test('two senders of one event make one line, which counts both', async () => {
  const { promise, resolve } = Promise.withResolvers<object>();
  const { env, backend } = await startTestEnv(() => promise);
  const main = await startListening(env);
  const arrived = backend.calls.next();
  const { socket, received } = openWire(main.port);
  const event = requestText('POST / HTTP/1.1', { host: 'x', ...manualHeaders('m1'), 'content-length': '0' });
  socket.write(event + event); // both are read before the first has called
  await arrived;
  resolve({ goodsRead: 7 });
  await waitUntil(() => expect(received().match(/HTTP\/1\.1 200 /g)).toHaveLength(2));
  main.kill('SIGTERM');
  expect(await main.ended).toBe(0);
  expect(runsOf(main)).toMatchObject([{ runKey: 'goods-onsale@manual:m1', outcome: 'done', callers: 2 }]);
});

describe('does not start, says why and listens on no port', () => {
  const GOOD = { DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: '127.0.0.1:1' };

  test.each<[title: string, env: Record<string, string>, stderr: string]>([
    [
      'a wrong environment',
      { DEPLOY_ENV: 'moon', NACOS_SERVER_ADDR: '127.0.0.1:1', NACOS_GRUOP: 'x', NACOS_PASSWORD: 'geheim' },
      [
        'bi-cron: cannot start: environment: 3 problem(s)',
        '  NACOS_GRUOP: expected one of NACOS_SERVER_ADDR, NACOS_NAMESPACE, NACOS_GROUP, NACOS_DATA_IDS, NACOS_USERNAME, NACOS_PASSWORD, NACOS_CA_FILE, NACOS_API, NACOS_FALLBACK_DIR, got an unknown name',
        '  DEPLOY_ENV: expected one of dev, test, staging, prod, got "moon"',
        '  NACOS_USERNAME: expected both of NACOS_USERNAME and NACOS_PASSWORD or neither, got nothing',
      ].join('\n'),
    ],
    [
      'no FUNCTION_TARGET',
      { ...GOOD, FUNCTION_TARGET: '' },
      'bi-cron: cannot start: FUNCTION_TARGET: expected the name of a task, got ""',
    ],
    [
      'an unknown FUNCTION_TARGET',
      { ...GOOD, FUNCTION_TARGET: 'nothing' },
      'bi-cron: cannot start: FUNCTION_TARGET: expected the name of a task, got "nothing"',
    ],
    [
      'a folder that is no task',
      { ...GOOD, FUNCTION_TARGET: 'runtime' },
      'bi-cron: cannot start: FUNCTION_TARGET: expected the name of a task, got "runtime"',
    ],
    [
      'a path as FUNCTION_TARGET',
      { ...GOOD, FUNCTION_TARGET: '../goods-onsale' },
      'bi-cron: cannot start: FUNCTION_TARGET: expected the name of a task, got "../goods-onsale"',
    ],
  ])('%s', async (_title, env, stderr) => {
    const main = await startMain(env);
    expect(await main.ended).toBe(1);
    expect(main.stderr()).toBe(`${stderr}\n`);
    expect(main.stdout()).toBe('');
    expect(await isOpen(main.port)).toBe(false);
  });

  test('a port that is taken', async () => {
    const { fn, env } = await openFunction();
    const host = await startHost(fn, 0);
    onTestFinished(() => host.drain());
    const main = await startMain({ ...env, PORT: String(host.port) });
    expect(await main.ended).toBe(1);
    expect(main.stderr()).toBe(`bi-cron: cannot start: listen EADDRINUSE: address already in use :::${host.port}\n`);
  });
});
