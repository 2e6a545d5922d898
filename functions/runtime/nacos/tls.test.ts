import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TEST_TLS } from '../../../test/support/tls.ts';
import { serveNacos } from '../../../test/support/nacos-server.ts';
import { createNacos } from './client.ts';
import { openNacos, timeoutSignal, readText, settingsOf } from '../../../test/support/nacos-client.ts';

const REF = { dataId: 'a.yaml', group: 'DEFAULT_GROUP' };
const DOWN = { outcome: 'unavailable', reason: 'nacos' };

/** A server with the certificate of a private authority, which is good for 127.0.0.1 and localhost only. */
async function serveTls(host = '127.0.0.1') {
  const server = await serveNacos({ host, tls: { cert: TEST_TLS.serverCert, key: TEST_TLS.serverKey } });
  server.configs.publish('a.yaml', 'n: 1');
  return server;
}

async function fileOf(text: string): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'bi-cron-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeFile(path.join(directory, 'ca.crt'), text);
  return path.join(directory, 'ca.crt');
}

describe('over TLS', () => {
  it('a server is trusted by the authority in NACOS_CA_FILE', async () => {
    const server = await serveTls();
    const nacos = openNacos([server.url], { caFile: await fileOf(TEST_TLS.ca) });
    expect(await readText(nacos, REF, timeoutSignal())).toBe('n: 1');
  });

  it('a server is not trusted without it', async () => {
    const server = await serveTls();
    await expect(readText(openNacos([server.url]), REF, timeoutSignal())).rejects.toMatchObject({
      message: `Nacos at ${server.address}: expected an answer, got UNABLE_TO_VERIFY_LEAF_SIGNATURE`,
      ending: DOWN,
    });
    expect(server.requests.count()).toBe(0);
  });

  it('a server with the certificate of another host is not trusted', async () => {
    const server = await serveTls('::1');
    const nacos = openNacos([server.url], { caFile: await fileOf(TEST_TLS.ca) });
    await expect(readText(nacos, REF, timeoutSignal())).rejects.toMatchObject({
      message: `Nacos at ${server.address}: expected an answer, got ERR_TLS_CERT_ALTNAME_INVALID`,
      ending: DOWN,
    });
    expect(server.requests.count()).toBe(0);
  });

  it('a server that speaks plain HTTP is unavailable', async () => {
    const server = await serveNacos();
    await expect(readText(openNacos([`https://${server.address}`]), REF, timeoutSignal())).rejects.toMatchObject({
      message: `Nacos at ${server.address}: expected an answer, got EPROTO`,
      ending: DOWN,
    });
  });

  it('and over plain HTTP servers may be mixed', async () => {
    const down = await serveNacos();
    await down.close();
    const server = await serveTls();
    const nacos = openNacos([down.url, server.url], { caFile: await fileOf(TEST_TLS.ca) });
    expect(await readText(nacos, REF, timeoutSignal())).toBe('n: 1');
  });
});

describe('NACOS_CA_FILE', () => {
  it('that is missing stops the start', () => {
    expect(() => createNacos(settingsOf(['https://nacos:8848'], { caFile: '/nowhere/ca.crt' }))).toThrow(
      'environment: NACOS_CA_FILE: expected a readable PEM file, got "/nowhere/ca.crt"',
    );
  });

  it('that is no certificate stops the start', async () => {
    const caFile = await fileOf('ca.crt: 12345');
    expect(() => createNacos(settingsOf(['https://nacos:8848'], { caFile }))).toThrow(
      `environment: NACOS_CA_FILE: expected a readable PEM file, got "${caFile}"`,
    );
  });
});
