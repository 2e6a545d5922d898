import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { TEST_TLS } from '../../tools/platform/backends/testing-tls.ts';
import { startNacosServer, type NacosServer } from '../../tools/platform/nacos/server.ts';
import { meetFault, type Fault } from './meet-fault.ts';
import { freshSlot, launch, linesOf, sendTick, startPlatform, type Platform } from './platform.ts';
import { forwardTls } from './tls-proxy.ts';

const DONE = { ending: 'done: done', status: 200, rpcs: 1, nacos: 12 };
const DOWN = { ending: 'unavailable: nacos', status: 503, rpcs: 0, nacos: 12 };
const nothing = (): void => {};

let platform: Platform;
let others: [NacosServer, NacosServer];
beforeAll(async () => {
  platform = await startPlatform();
  others = await Promise.all([startNacosServer(), startNacosServer()]);
});
afterAll(() => Promise.all([platform, ...others].map((server) => server.close())));
const several = () => [...others, platform.nacos].map(({ address }) => address).join(',');

/** A folder with these files, for as long as the test runs. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'bi-cron-faults-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

describe('of several servers', () => {
  it.each(['hang', 'reset', '500', 'half-body', 'down'] as const)('one that meets %s costs no run', async (fault) => {
    await others[0].faults.set(fault);
    const env = { NACOS_SERVER_ADDR: `${others[0].address},${platform.nacos.address}` };
    expect(await meetFault({ title: fault, arrange: nothing, ...DONE }, platform, env)).toBe(200);
  });

  it('two of three that hang are left behind: a later tick is done', async () => {
    await Promise.all(others.map(({ faults }) => faults.set('hang')));
    await platform.reset();
    const fn = await launch(platform, { NACOS_SERVER_ADDR: several(), RUN_BUDGET: '3s' });
    const statuses: (number | undefined)[] = [];
    while (statuses.length < 3 && statuses.at(-1) !== 200) statuses.push((await sendTick(fn, freshSlot())).status);
    expect([statuses.at(-1), platform.backend.calls.count()]).toEqual([200, 1]);
    await fn.stop();
  });

  it('all down: 503, and the next tick is done when they are back', async () => {
    const arrange = () => Promise.all([platform.nacos, ...others].map(({ faults }) => faults.set('down')));
    const env = { NACOS_SERVER_ADDR: `${platform.nacos.address},${others[0].address}` };
    expect(await meetFault({ title: 'down', arrange, ...DOWN, nacos: 0 }, platform, env)).toBe(200);
  });
});

describe('with a fallback directory', () => {
  const files = () => ({
    'DEFAULT_GROUP__bi-cron.yaml':
      'grpc: { bi-api-leke: { service: bi-api-leke } }\ntasks: { increment-order: { shopIds: ["100001"] } }\n',
    'DEFAULT_GROUP__bi-cron-dev.yaml': 'env: dev\n',
    'DEFAULT_GROUP__bi-api-leke.instances': `# the backend's Service\n127.0.0.1:${platform.backend.port}\n`,
  });
  const arrange = ({ nacos }: Platform) => nacos.faults.set('down');

  it('all down is done, and the log says where the configuration came from', async () => {
    await platform.reset();
    await arrange(platform);
    const fn = await launch(platform, { NACOS_FALLBACK_DIR: folderOf(files()) });
    for (const source of ['fallback', 'nacos']) {
      const slot = freshSlot();
      expect((await sendTick(fn, slot)).status).toBe(200);
      await expect.poll(() => linesOf(fn, slot)).toMatchObject([{ outcome: 'done', source }]);
      await platform.reset();
    }
    await fn.stop();
  });

  it.each<[string, (all: Record<string, string>) => Record<string, string>, Omit<Fault, 'title' | 'arrange'>]>([
    [
      'without the required document',
      ({ 'DEFAULT_GROUP__bi-cron.yaml': _gone, ...rest }) => rest,
      { ending: 'rejected: config', status: 422, rpcs: 0, nacos: 0 },
    ],
    [
      'of another environment',
      (all) => ({ ...all, 'DEFAULT_GROUP__bi-cron-dev.yaml': 'env: prod\n' }),
      { ending: 'rejected: config', status: 422, rpcs: 0, nacos: 0 },
    ],
    ['without instances', ({ 'DEFAULT_GROUP__bi-api-leke.instances': _gone, ...rest }) => rest, { ...DOWN, nacos: 0 }],
    [
      'with instances that are none',
      (all) => ({ ...all, 'DEFAULT_GROUP__bi-api-leke.instances': '127.0.0.1\n' }),
      { ending: 'rejected: config', status: 422, rpcs: 0, nacos: 0, says: '.instances:1' },
    ],
  ])('%s -> as without one', (title, change, expected) =>
    expect(
      meetFault({ title, arrange, ...expected }, platform, { NACOS_FALLBACK_DIR: folderOf(change(files())) }),
    ).resolves.toBe(200),
  );

  it('that Nacos does not need is not read: a document that is missing there is an error', () => {
    const remove = ({ nacos }: Platform) => nacos.configs.remove('bi-cron.yaml');
    const fault = { title: 'missing', arrange: remove, ending: 'rejected: config', status: 422, rpcs: 0, nacos: 8 };
    return expect(meetFault(fault, platform, { NACOS_FALLBACK_DIR: folderOf(files()) })).resolves.toBe(200);
  });
});

describe('with credentials', () => {
  it('whose token expires between two reads: logged in again, done', async () => {
    await platform.reset();
    const fn = await launch(platform);
    await sendTick(fn, freshSlot());
    expect(
      await meetFault(
        { title: 'expired', arrange: ({ nacos }) => nacos.expireTokens(), ...DONE, nacos: 7 },
        platform,
        fn,
      ),
    ).toBe(200);
    await fn.stop();
  });

  it('that are wrong: 422, and the password is not shown', async () => {
    await platform.reset();
    const fn = await launch(platform, { NACOS_PASSWORD: 'Another-planted/one+' });
    const { status, body } = await sendTick(fn, freshSlot());
    expect([status, platform.backend.calls.count()]).toEqual([422, 0]);
    expect(body).toContain('NACOS_USERNAME');
    await fn.stop();
    expect(fn.output() + body).not.toMatch(/Another-planted|Another-planted%2Fone/);
  });
});

describe('over IPv6 and TLS', () => {
  const pair = { cert: TEST_TLS.serverCert, key: TEST_TLS.serverKey };
  const caFile = () => path.join(folderOf({ 'ca.crt': TEST_TLS.ca }), 'ca.crt');

  it('an IPv6 address in brackets is done', async () => {
    const six = await startPlatform({ host: '::1' });
    onTestFinished(() => six.close());
    expect(await meetFault({ title: 'IPv6', arrange: nothing, ...DONE }, six, {})).toBe(200);
  });

  it.each([
    ['an own CA', {}],
    ['TLS 1.3 only', { minVersion: 'TLSv1.3' }],
    ['TLS 1.2 only', { maxVersion: 'TLSv1.2' }],
  ] as const)('%s is done', async (title, options) => {
    const address = await forwardTls({ ...pair, ...options }, platform.nacos.port);
    const env = { NACOS_SERVER_ADDR: `https://${address}`, NACOS_CA_FILE: caFile() };
    expect(await meetFault({ title, arrange: nothing, ...DONE }, platform, env)).toBe(200);
  });

  it.each<[string, string, string, boolean]>([
    ['an own CA that nobody trusts', '127.0.0.1', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', false],
    ['the certificate of another host', '::1', 'ERR_TLS_CERT_ALTNAME_INVALID', true],
  ])('%s is 503, and Nacos is asked nothing', async (_title, host, says, trusted) => {
    await platform.reset();
    const address = await forwardTls(pair, platform.nacos.port, host);
    const ca: Record<string, string> = trusted ? { NACOS_CA_FILE: caFile() } : {};
    const fn = await launch(platform, { NACOS_SERVER_ADDR: `https://${address}`, ...ca });
    const { status, body } = await sendTick(fn, freshSlot());
    expect([status, platform.backend.calls.count(), platform.questions()]).toEqual([503, 0, []]);
    expect(body).toContain(says);
    expect(await fn.stop()).toBe(0);
  });
});
