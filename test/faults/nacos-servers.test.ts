import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { TEST_TLS } from '../support/tls.ts';
import { startNacosServer, type NacosServer } from '../../tools/stack/nacos/server.ts';
import { waitUntil } from '../support/wait-until.ts';
import { assertFault, assertFaultAtStart, type Fault } from './assert-fault.ts';
import { freshSlot, launch, linesOf, openPlatform, sendTick, type OnTestFinished, type Platform } from './platform.ts';
import { openTcpProxy, type TcpProxyOptions } from '../support/tcp-proxy.ts';
import { launchWarm } from './warm-function.ts';

const DONE = { ending: 'done: done', status: 200, rpcs: 1, nacos: 12 };
const DOWN = { ending: 'unavailable: nacos', status: 503, rpcs: 0, nacos: 12 };
const nothing = (): void => {};

/** A folder with these files, for as long as the test runs. */
function folderOf(files: Readonly<Record<string, string>>, onTestFinished: OnTestFinished): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'bi-cron-faults-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

async function openOther(onTestFinished: OnTestFinished): Promise<NacosServer> {
  const other = await startNacosServer();
  onTestFinished(() => other.close());
  return other;
}

describe('of several servers', { concurrent: true }, () => {
  it.for(['hang', 'reset', '500', 'half-body', 'down'] as const)(
    'one that meets %s costs no run',
    async (fault, { onTestFinished }) => {
      const platform = await openPlatform(onTestFinished);
      const other = await openOther(onTestFinished);
      await other.faults.set(fault);
      const env = { NACOS_SERVER_ADDR: `${other.address},${platform.nacos.address}` };
      expect(await assertFaultAtStart({ title: fault, arrange: nothing, ...DONE }, platform, env)).toBe(200);
    },
  );

  it('two of three that hang are left behind: a later tick is done', async ({ onTestFinished }) => {
    const platform = await openPlatform(onTestFinished);
    const others = await Promise.all([openOther(onTestFinished), openOther(onTestFinished)]);
    await Promise.all(others.map(({ faults }) => faults.set('hang')));
    const several = [...others, platform.nacos].map(({ address }) => address).join(',');
    const fn = await launch(platform, { NACOS_SERVER_ADDR: several, RUN_BUDGET: '3s' });
    const statuses: (number | undefined)[] = [];
    while (statuses.length < 5 && statuses.at(-1) !== 200) statuses.push((await sendTick(fn, freshSlot())).status);
    expect([statuses.at(-1), platform.backend.calls.count()]).toEqual([200, 1]);
    await fn.stop();
  });

  it('all down: 503, and the next tick is done when they are back', async ({ onTestFinished }) => {
    const platform = await openPlatform(onTestFinished);
    const other = await openOther(onTestFinished);
    const arrange = () => Promise.all([platform.nacos, other].map(({ faults }) => faults.set('down')));
    const env = { NACOS_SERVER_ADDR: `${platform.nacos.address},${other.address}` };
    expect(await assertFaultAtStart({ title: 'down', arrange, ...DOWN, nacos: 0 }, platform, env)).toBe(200);
  });
});

describe('with a fallback directory', { concurrent: true }, () => {
  const filesFor = ({ backend }: Platform) => ({
    'DEFAULT_GROUP__bi-cron.yaml':
      'grpc: { bi-api-leke: { service: bi-api-leke } }\ntasks: { increment-order: { shopIds: ["100001"] } }\n',
    'DEFAULT_GROUP__bi-cron-dev.yaml': 'env: dev\n',
    'DEFAULT_GROUP__bi-api-leke.instances': `# the backend's Service\n127.0.0.1:${backend.port}\n`,
  });
  const arrange = ({ nacos }: Platform) => nacos.faults.set('down');

  it('all down is done, and the log says where the configuration came from', async ({ onTestFinished }) => {
    const platform = await openPlatform(onTestFinished);
    await arrange(platform);
    const fn = await launch(platform, { NACOS_FALLBACK_DIR: folderOf(filesFor(platform), onTestFinished) });
    for (const source of ['fallback', 'nacos']) {
      const slot = freshSlot();
      expect((await sendTick(fn, slot)).status).toBe(200);
      await waitUntil(() => expect(linesOf(fn, slot)).toMatchObject([{ outcome: 'done', configSource: source }]));
      await platform.reset();
    }
    await fn.stop();
  });

  it.for<[string, (all: Record<string, string>) => Record<string, string>, Omit<Fault, 'title' | 'arrange'>]>([
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
      'with malformed instances',
      (all) => ({ ...all, 'DEFAULT_GROUP__bi-api-leke.instances': '127.0.0.1\n' }),
      { ending: 'rejected: config', status: 422, rpcs: 0, nacos: 0, says: '.instances:1' },
    ],
  ])('%s -> as without one', async ([title, change, expected], { onTestFinished }) => {
    const platform = await openPlatform(onTestFinished);
    const env = { NACOS_FALLBACK_DIR: folderOf(change(filesFor(platform)), onTestFinished) };
    expect(await assertFaultAtStart({ title, arrange, ...expected }, platform, env)).toBe(200);
  });

  it('that Nacos does not need is not read: a document that is missing there is an error', async ({
    onTestFinished,
  }) => {
    const platform = await openPlatform(onTestFinished);
    const remove = ({ nacos }: Platform) => nacos.configs.remove('bi-cron.yaml');
    const fault = { title: 'missing', arrange: remove, ending: 'rejected: config', status: 422, rpcs: 0, nacos: 8 };
    const env = { NACOS_FALLBACK_DIR: folderOf(filesFor(platform), onTestFinished) };
    expect(await assertFaultAtStart(fault, platform, env)).toBe(200);
  });
});

describe('with credentials', { concurrent: true }, () => {
  it('whose token expires between two reads: logged in again, done', async ({ onTestFinished }) => {
    const platform = await openPlatform(onTestFinished);
    const fn = await launchWarm(platform);
    const expire = ({ nacos }: Platform) => nacos.expireTokens();
    const fault = { title: 'expired', arrange: expire, ...DONE, nacos: 7 };
    expect(await assertFault(fault, { platform, fn })).toBe(200);
    await fn.stop();
  });

  it('that are wrong: 422, and the password is not shown', async ({ onTestFinished }) => {
    const platform = await openPlatform(onTestFinished, { version: '2.5.1' });
    const fn = await launch(platform, { NACOS_PASSWORD: 'Another-planted/one+' });
    const { status, body } = await sendTick(fn, freshSlot());
    expect([status, platform.backend.calls.count()]).toEqual([422, 0]);
    expect(body).toContain('NACOS_USERNAME');
    await fn.stop();
    expect(fn.output() + body).not.toMatch(/Another-planted|Another-planted%2Fone/);
  });
});

/** The address of a proxy before Nacos that speaks TLS, for as long as the test runs. */
async function forwardTls(
  { nacos }: Platform,
  onTestFinished: OnTestFinished,
  options: TcpProxyOptions,
): Promise<string> {
  const proxy = await openTcpProxy(nacos.port, options);
  onTestFinished(() => proxy.close());
  return proxy.address;
}

describe('over IPv6 and TLS', { concurrent: true }, () => {
  const pair = { cert: TEST_TLS.serverCert, key: TEST_TLS.serverKey };
  const caFile = (onTestFinished: OnTestFinished) =>
    path.join(folderOf({ 'ca.crt': TEST_TLS.ca }, onTestFinished), 'ca.crt');

  it('an IPv6 address in brackets is done', async ({ onTestFinished }) => {
    const six = await openPlatform(onTestFinished, { host: '::1' });
    expect(await assertFaultAtStart({ title: 'IPv6', arrange: nothing, ...DONE }, six)).toBe(200);
  });

  it.for([
    ['an own CA', {}, 'NACOS_CA_FILE'],
    ['an own CA that all TLS trusts', {}, 'SSL_CERT_FILE'],
    ['TLS 1.3 only', { minVersion: 'TLSv1.3' }, 'NACOS_CA_FILE'],
    ['TLS 1.2 only', { maxVersion: 'TLSv1.2' }, 'NACOS_CA_FILE'],
  ] as const)('%s is done', async ([title, options, variable], { onTestFinished }) => {
    const platform = await openPlatform(onTestFinished);
    const address = await forwardTls(platform, onTestFinished, { tls: { ...pair, ...options } });
    const env = { NACOS_SERVER_ADDR: `https://${address}`, [variable]: caFile(onTestFinished) };
    expect(await assertFaultAtStart({ title, arrange: nothing, ...DONE }, platform, env)).toBe(200);
  });

  it.for<[string, string, string, boolean]>([
    ['an own CA that nobody trusts', '127.0.0.1', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', false],
    ['the certificate of another host', '::1', 'ERR_TLS_CERT_ALTNAME_INVALID', true],
  ])('%s is 503, and Nacos is asked nothing', async ([_title, host, says, trusted], { onTestFinished }) => {
    const platform = await openPlatform(onTestFinished);
    const address = await forwardTls(platform, onTestFinished, { tls: pair, host });
    const ca: Record<string, string> = trusted ? { NACOS_CA_FILE: caFile(onTestFinished) } : {};
    const fn = await launch(platform, { NACOS_SERVER_ADDR: `https://${address}`, ...ca });
    const { status, body } = await sendTick(fn, freshSlot());
    expect([status, platform.backend.calls.count(), platform.questions()]).toEqual([503, 0, []]);
    expect(body).toContain(says);
    expect(await fn.stop()).toBe(0);
  });
});
