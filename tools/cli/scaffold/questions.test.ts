import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openTmux, skipsTerminal, whySkipped } from '../../../test/support/terminal.ts';

const MAIN = path.join(import.meta.dirname, '../main.ts');

describe.skipIf(skipsTerminal)(`new in a real terminal${whySkipped}`, () => {
  const tmux = openTmux('bi-cron-new');
  const screen = async (): Promise<string> => (await tmux('capture-pane', '-p', '-J')).stdout;
  const sees = (text: string): Promise<void> =>
    vi.waitFor(async () => expect(await screen()).toContain(text), { timeout: 30_000, interval: 50 });
  const type = (...keys: readonly string[]) => tmux('send-keys', ...keys);

  beforeEach(async () => {
    const tool = [process.execPath, MAIN, 'new', 'made-in-a-test', '--dry-run'];
    const shell = ['sh', '-c', '"$@"; echo "exit status $?"; exec sleep 60', 'sh', ...tool];
    await tmux('kill-server').catch(() => {}); // there is none before the first test, and after its last session
    await tmux('new-session', '-d', '-x', '140', '-y', '40', ...shell);
    await sees('Which backend does it call?');
  });
  afterAll(() => tmux('kill-server').catch(() => {}));

  it('asks for what no option says, and refuses an answer until it is right', async () => {
    await type('Up', 'Enter'); // the last one: another
    await sees('Its name in Nacos: bi-api-');
    await type('Test', 'Enter');
    await sees('--backend: expected a service name such as bi-api-wdt, got "bi-api-Test"');
    await type('BSpace', 'BSpace', 'BSpace', 'BSpace', 'made-in-a-test', 'Enter');
    await sees('When (cron, Asia/Shanghai)? (17 * * * *)');
    await type('@every 5m', 'Enter');
    await sees('schedule: expected five or six fields, PingSource refuses @every in "@every 5m"');
    await type('C-u', '12 3 * * *', 'Enter');
    await sees('May the same work be done twice without harm?');
    await type('Enter');
    await sees('exit status 0');
    expect(await screen()).toContain('new      protos/bi/made_in_a_test/v1/made_in_a_test.proto');
    expect(await screen()).toContain('Nothing is written (--dry-run).');
  });

  it('Ctrl-C at a question ends it with status 130', async () => {
    await type('C-c');
    await sees('exit status 130');
    expect(await screen()).toContain('new: interrupted, nothing is written');
  });
});
