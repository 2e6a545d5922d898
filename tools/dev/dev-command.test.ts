import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { listTasks } from '../project.ts';
import { findFreePort, listenOnLoopback } from '../stack/free-port.ts';

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the command until `onOutput` has sent it a signal, or it ends by itself. */
function runDev(args: readonly string[], onOutput: (output: string, stop: () => void) => void): Promise<Ended> {
  const { FORCE_COLOR: _forced, ...env } = process.env; // a CI is painted for, too
  const command = [path.join(import.meta.dirname, 'dev-command.ts'), '--no-open', ...args];
  const child = spawn(process.execPath, command, { env: { ...env, NO_COLOR: '1' } });
  return new Promise((resolve) => {
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
      onOutput(output, () => void child.kill('SIGINT'));
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('close', (code) => resolve({ code, output }));
  });
}

describe('dev-command', { timeout: 60_000 }, () => {
  it('serves the console until Ctrl-C, then ends its functions and itself with status 0', async () => {
    let page: Promise<string> | undefined;
    let ran: Promise<number> | undefined;
    const { code, output } = await runDev(['--port', '0', '--speed', '1'], (text, stop) => {
      const [url] = /http:\S+/.exec(text) ?? [];
      if (url === undefined || !text.includes('Ctrl-C') || page !== undefined) return;
      page = fetch(url).then((answer) => answer.text());
      const headers = { 'content-type': 'application/json', 'x-bi-cron-console': '1' };
      const run = fetch(`${url}api/tasks/goods-onsale/run`, { method: 'POST', headers, body: '{"data":{}}' });
      ran = run.then(async (answer) => {
        const { status } = (await answer.json()) as { status: number }; // the console's own answer
        stop();
        return status;
      });
    });
    expect(await page).toContain('<title>bi-cron</title>');
    expect(await ran).toBe(200);
    expect(output).toContain(listTasks().join(', '));
    expect(code).toBe(0);
  });

  it.each(['SIGHUP', 'SIGTERM', 'SIGINT'] as const)(
    'leaves nothing in the temporary folder after %s, its terminal closed',
    async (signal) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'bi-cron-tmp-'));
      const command = [path.join(import.meta.dirname, 'dev-command.ts'), '--no-open', '--port', '0', '--speed', '1'];
      const child = spawn(process.execPath, command, { env: { ...process.env, TMPDIR: folder } });
      const ended = once(child, 'close');
      let output = '';
      child.stderr.resume();
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
        output += chunk.toString();
        if (output.includes('doctor')) break; // closes the stream as a terminal does
      }
      child.stderr.destroy();
      expect(readdirSync(folder)).not.toEqual([]);
      child.kill(signal);
      expect(await ended).toEqual([0, null]);
      expect(readdirSync(folder)).toEqual([]);
      await rm(folder, { recursive: true });
    },
  );

  it('says which port it took instead of one that is taken, and every variable of its stack', async () => {
    const taken = createServer();
    const port = await listenOnLoopback(taken);
    const { output } = await runDev(['--port', String(port), '--speed', '7'], (text, stop) => {
      if (text.includes('doctor')) stop();
    });
    taken.close();
    expect(output).toMatch(new RegExp(`http://127.0.0.1:\\d+/ \\(port \\d+, because ${port} is taken\\)`));
    expect(output).toMatch(/DEPLOY_ENV=dev NACOS_SERVER_ADDR=\S+ .*tools\/cli\/bi-cron doctor/);
  });

  it('gives Nacos the port that it is told, without the simulators that are left out', async () => {
    const port = await findFreePort(1000);
    const args = ['--nacos-port', String(port), '--without', 'bi-api-leke', '--port', '0'];
    let listed: Promise<string[]> | undefined;
    const { output } = await runDev(args, (text, stop) => {
      if (!text.includes('doctor') || listed !== undefined) return;
      const list = `http://127.0.0.1:${port}/nacos/v1/ns/service/list?pageNo=1&pageSize=9`;
      const asked = fetch(list).then(async (answer) => ((await answer.json()) as { doms: string[] }).doms); // Nacos' format
      listed = asked.finally(stop);
    });
    expect(await listed).toEqual(['bi-api-jushuitan']);
    expect(output).toContain(`Nacos 127.0.0.1:${port}, gRPC on ${port + 1000}, without bi-api-leke\n`);
  });

  it.each([
    ['HTTP', 0],
    ['gRPC', 1000],
  ])('names who holds the port that Nacos is to take for %s, and ends with status 1', async (use, offset) => {
    const port = await findFreePort(1000);
    const taken = createServer();
    await listenOnLoopback(taken, port + offset);
    const { code, output } = await runDev(['--nacos-port', String(port), '--port', '0'], () => {});
    taken.close();
    expect(code).toBe(1);
    expect(output.trim().split('\n').at(-1)).toMatch(
      new RegExp(`^port ${port + offset}: expected it free for Nacos over ${use}.* held by process ${process.pid} \\(`),
    );
  });

  it('names the simulators for one that is none', async () => {
    const { code, output } = await runDev(['--without', 'leke'], () => {});
    expect(code).toBe(1);
    expect(output).toContain('without: expected simulators (bi-api-leke, bi-api-jushuitan), got "leke"');
  });

  it('ends with status 1 and one line for an unknown argument', async () => {
    const { code, output } = await runDev(['--speed', 'fast'], () => {});
    expect(code).toBe(1);
    expect(output.trim().split('\n')).toEqual(['--speed: expected 1 to 3600, got "fast"']);
  });

  it('explains its options', async () => {
    const { code, output } = await runDev(['--help'], () => {});
    expect(code).toBe(0);
    expect(output).toContain('--speed <n>');
  });
});
