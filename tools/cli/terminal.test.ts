import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startStack, type Stack } from '../stack/stack.ts';
import { cli, json } from '../../test/support/cli.ts';
import { openTmux, skipsTerminal, whySkipped } from '../../test/support/terminal.ts';

const ESC = '\u001B';

describe.skipIf(skipsTerminal)(`backfill in a real terminal${whySkipped}`, () => {
  let stack: Stack;
  let folder: string;
  const tmux = openTmux('bi-cron');
  beforeAll(async () => {
    stack = await startStack();
    folder = mkdtempSync(path.join(tmpdir(), 'bi-cron-terminal-'));
  });
  afterAll(async () => {
    await tmux('kill-server').catch(() => {}); // it ends by itself when its last session does
    rmSync(folder, { recursive: true });
    await stack.close();
  });

  it('draws a coloured bar with an ETA below the log lines; Ctrl-C ends it, and nothing is lost', async () => {
    const env = { ...stack.env, XDG_STATE_HOME: folder };
    const args = [
      'backfill',
      'increment-order',
      '--from',
      '2026-11-17T00:00:00Z',
      '--to',
      '2026-11-20T00:00:00Z',
      '--step',
      '3h',
      '--verbose',
    ];
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const tool = [process.execPath, path.join(import.meta.dirname, 'main.ts'), ...args];
    stack.leke.faults.set({ kind: 'slow', ms: 150 });
    await tmux(
      'new-session',
      '-d',
      '-x',
      '140',
      '-y',
      '20',
      'env',
      '--unset=NO_COLOR',
      ...variables,
      'sh',
      '-c',
      'trap : INT; "$@"; echo "exit status $?"; exec sleep 60',
      'sh',
      ...tool,
    );
    const screen = async (): Promise<string> => (await tmux('capture-pane', '-p', '-e', '-J')).stdout;
    const linesSoFar = async (): Promise<string[]> =>
      (await tmux('capture-pane', '-p', '-J', '-S', '-')).stdout.split('\n').map((line) => line.trim());

    await vi.waitFor(async () => expect(await screen()).toMatch(/[2-9]\/24 windows/), {
      timeout: 15_000,
      interval: 20,
    });
    expect(await screen()).toMatch(new RegExp(`${ESC}\\[36m[█░]+${ESC}\\[39m.*ETA \\d+s`));
    await tmux('send-keys', 'C-c');
    await vi.waitFor(async () => expect(await screen()).toContain('exit status 130'), {
      timeout: 15_000,
      interval: 20,
    });
    expect(await screen()).toMatch(new RegExp(`${ESC}\\[33minterrupted${ESC}\\[39m: \\d+ of 24 windows done`));

    const logged = (await linesSoFar()).filter((line) => line.startsWith('{')); // whole, above the bar
    const inLog = logged.map((line) => (JSON.parse(line) as { runKey: string }).runKey);
    expect(inLog).toEqual(stack.leke.calls.all().map(({ runKey }) => runKey));

    stack.leke.faults.clear();
    expect(json(await cli([...args, '--resume', '--json'], { env }))).toMatchObject({ done: 24, isComplete: true });
    const keys = stack.leke.calls.all().map(({ runKey }) => runKey);
    expect([keys.length, new Set(keys).size]).toEqual([24, 24]);
  });
});
