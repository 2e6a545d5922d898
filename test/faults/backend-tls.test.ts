import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLeke } from '../../tools/stack/backends/leke.ts';
import type { Backend } from '../../tools/stack/backends/backend.ts';
import { TEST_TLS, testCertificate } from '../support/tls.ts';
import { waitUntil } from '../support/wait-until.ts';
import { freshSlot, linesOf, sendTick } from './platform.ts';
import { useWarmFunction } from './warm-function.ts';

const warm = useWarmFunction();
let folder: string;
let backends: Record<'tls' | 'mtls', Backend>;
beforeAll(async () => {
  const pair = { cert: TEST_TLS.serverCert, key: TEST_TLS.serverKey };
  const [tls, mtls] = await Promise.all([
    startLeke({ tls: pair }),
    startLeke({ tls: { ...pair, clientCa: TEST_TLS.ca } }),
  ]);
  backends = { tls, mtls };
  folder = mkdtempSync(path.join(tmpdir(), 'bi-cron-faults-'));
  for (const [name, pem] of Object.entries({ ...TEST_TLS, otherCa: testCertificate.cert }))
    writeFileSync(path.join(folder, name), pem, { mode: 0o600 });
});
afterAll(async () => {
  await Promise.all([backends.tls.stop(), backends.mtls.stop()]);
  rmSync(folder, { recursive: true });
});

/** A `tls:` section in which files are named by their place in `TEST_TLS`. */
function tlsOf(section: Readonly<Record<string, string>>): string {
  const files = new Set(['ca', 'cert', 'key']);
  const keys = Object.entries(section).map(
    ([key, value]) => `${key}: ${files.has(key) ? path.join(folder, value) : value}`,
  );
  return `env: dev\ngrpc: { bi-api-leke: { tls: { ${keys.join(', ')} } } }\n`;
}

const PAIR = { ca: 'ca', cert: 'clientCert', key: 'clientKey' };

describe.each<['tls' | 'mtls', string, Record<string, string>, number, string, number]>([
  ['tls', 'trusted by its CA', { mode: 'tls', ca: 'ca' }, 200, 'done: done', 1],
  ['tls', 'by the name in its certificate', { mode: 'tls', ca: 'ca', serverName: 'localhost' }, 200, 'done: done', 1],
  ['mtls', 'with a client certificate', { mode: 'mtls', ...PAIR }, 200, 'done: done', 1],
  ['tls', 'of a CA that nobody trusts', { mode: 'tls' }, 503, 'unavailable: instance', 0],
  ['tls', 'of another CA', { mode: 'tls', ca: 'otherCa' }, 503, 'unavailable: instance', 0],
  [
    'tls',
    'with the certificate of another name',
    { mode: 'tls', ca: 'ca', serverName: 'elsewhere' },
    503,
    'unavailable: instance',
    0,
  ],
  ['tls', 'spoken to in plain text', { mode: 'insecure' }, 503, 'unavailable: instance', 0],
  ['mtls', 'without a client certificate', { mode: 'tls', ca: 'ca' }, 503, 'unavailable: instance', 0],
  [
    'mtls',
    'with a client certificate of no authority',
    { mode: 'mtls', ca: 'ca', cert: 'otherCa', key: 'clientKey' },
    422,
    'rejected: config',
    0,
  ],
  [
    'mtls',
    'with a key file that is missing',
    { mode: 'mtls', ca: 'ca', cert: 'clientCert', key: 'gone' },
    422,
    'rejected: config',
    0,
  ],
])('a %s backend %s', (kind, _title, section, status, ending, rpcs) => {
  it(`is ${status} ${ending}, ${rpcs} RPC, and a plain one is done next`, async () => {
    const { platform, fn } = warm;
    await platform.reset();
    backends[kind].calls.clear();
    platform.register({ port: backends[kind].port });
    platform.configure(tlsOf(section));
    const slot = freshSlot();
    expect((await sendTick(fn, slot)).status).toBe(status);
    const endings = () => linesOf(fn, slot).map(({ outcome, reason }) => `${String(outcome)}: ${String(reason)}`);
    await waitUntil(() => expect(endings()).toEqual([ending]));
    expect(backends[kind].calls.count()).toBe(rpcs);
    expect(fn.output()).not.toMatch(/BEGIN|PRIVATE KEY/);
    await platform.reset();
    expect((await sendTick(fn, freshSlot())).status).toBe(200);
    expect(platform.backend.calls.count()).toBe(1);
  });
});

it('a certificate that was renewed on disk is used by the next tick, without a restart', async () => {
  const { platform, fn } = warm;
  await platform.reset();
  platform.register({ port: backends.tls.port });
  platform.configure(tlsOf({ mode: 'tls', ca: 'renewed' }));
  writeFileSync(path.join(folder, 'renewed'), testCertificate.cert);
  expect((await sendTick(fn, freshSlot())).status).toBe(503);
  writeFileSync(path.join(folder, 'renewed'), TEST_TLS.ca);
  expect((await sendTick(fn, freshSlot())).status).toBe(200);
});
