import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startGeneric } from '../../../tools/stack/backends/start-backend.ts';
import { TEST_TLS } from '../../../test/support/tls.ts';
import type { BackendConfig } from '../config/schema.ts';
import { callUnary } from './call.ts';
import { readCredentials } from './credentials.ts';
import { makeCall } from '../../../test/support/grpc-call.ts';
import { openConnections } from '../../../test/support/grpc-peer.ts';

let folder = '';
const file = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bi-cron-tls-'));
  await Promise.all([
    ...Object.entries(TEST_TLS).map(([name, pem]) => writeFile(file(name), pem, { mode: 0o600 })),
    writeFile(file('garbage'), 'no PEM', { mode: 0o600 }),
  ]);
});
afterAll(() => rm(folder, { recursive: true }));

/** The `tls:` section as the configuration gives it; files by the name of the PEM. */
function backendConfig(tls: Partial<BackendConfig['tls']>, tokenFile?: string): BackendConfig {
  const inFolder = (name: string | null | undefined): string | null | undefined => name && file(name);
  const files = { ca: inFolder(tls.ca), cert: inFolder(tls.cert), key: inFolder(tls.key) };
  return {
    service: 'bi-api-leke',
    group: 'DEFAULT_GROUP',
    cluster: undefined,
    timeout: 1000,
    tokenFile,
    tls: { mode: 'tls', serverName: undefined, ...tls, ...files },
  };
}

async function startBackend(clientCa?: string, host = '127.0.0.1'): Promise<number> {
  const { serverCert: cert, serverKey: key } = TEST_TLS;
  const tls = clientCa === undefined ? { cert, key } : { cert, key, clientCa };
  const backend = await startGeneric({
    protoFile: 'bi/leke/v1/order.proto',
    service: 'bi.leke.v1.OrderService',
    tls,
    host,
  });
  onTestFinished(() => backend.stop());
  return backend.port;
}

/** One call to the port by this `tls:` section; the bytes of the reply. */
async function callBy(tls: Partial<BackendConfig['tls']>, port: number, host = '127.0.0.1') {
  const config = backendConfig(tls);
  const credentials = await readCredentials('bi-api-leke', config);
  const peer = { credentials, key: 'tls', serverName: config.tls.serverName ?? undefined };
  const { client } = await openConnections().connect([`${host}:${port}`], peer, new AbortController().signal);
  return callUnary(client, makeCall());
}

describe('mode tls', () => {
  test('trusts the authority that it is given', async () => {
    expect(await callBy({ ca: 'ca' }, await startBackend())).toEqual(Buffer.alloc(0));
  });

  test('does not trust a certificate of an unknown authority', async () => {
    await expect(callBy({}, await startBackend())).rejects.toThrow(/: unable to verify the first certificate$/);
  });

  test('does not trust a certificate for another name, unless serverName says it', async () => {
    const port = await startBackend(undefined, '127.0.0.2');
    await expect(callBy({ ca: 'ca' }, port, '127.0.0.2')).rejects.toThrow(
      `127.0.0.2:${port}: Hostname/IP does not match certificate's altnames: IP: 127.0.0.2 is not in the cert's list: 127.0.0.1`,
    );
    const another = callBy({ ca: 'ca', serverName: 'bi-api-leke' }, port, '127.0.0.2');
    await expect(another).rejects.toThrow("Host: bi-api-leke. is not in the cert's altnames");
    expect(await callBy({ ca: 'ca', serverName: 'localhost' }, port, '127.0.0.2')).toEqual(Buffer.alloc(0));
  });

  test('names the server in the handshake by serverName, and an IP address not at all (RFC 6066)', async () => {
    const names: (string | false | null | undefined)[] = [];
    const server = createSecureServer({ cert: TEST_TLS.serverCert, key: TEST_TLS.serverKey });
    server.on('secureConnection', (socket: TLSSocket & { servername?: string | false | null }) =>
      names.push(socket.servername),
    );
    server.on('sessionError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo; // a TCP server's address is no string
    for (const [host, serverName] of [['127.0.0.1'], ['localhost'], ['127.0.0.1', 'localhost']] as const) {
      const config = backendConfig({ ca: 'ca', serverName });
      const credentials = await readCredentials('bi-api-leke', config);
      const peer = { credentials, key: 'tls', serverName };
      await openConnections().connect([`${host}:${port}`], peer, new AbortController().signal);
    }
    expect(names).toEqual([false, 'localhost', 'localhost']);
  });

  test('cannot be spoken to a backend without TLS, nor the other way round', async () => {
    const plain = await startGeneric({ protoFile: 'bi/leke/v1/order.proto', service: 'bi.leke.v1.OrderService' });
    onTestFinished(() => plain.stop());
    await expect(callBy({ ca: 'ca' }, plain.port)).rejects.toThrow(/: TLS: wrong version number$/);
    await expect(callBy({ mode: 'insecure' }, await startBackend())).rejects.toThrow(/^127\.0\.0\.1:\d+: \S/);
  });
});

describe('mode mtls', () => {
  test('shows its certificate', async () => {
    const port = await startBackend(TEST_TLS.ca);
    const tls = { mode: 'mtls', ca: 'ca', cert: 'clientCert', key: 'clientKey' } as const;
    expect(await callBy(tls, port)).toEqual(Buffer.alloc(0));
  });

  test('without a certificate the backend breaks the connection', async () => {
    await expect(callBy({ ca: 'ca' }, await startBackend(TEST_TLS.ca))).rejects.toThrow(
      /: TLS: .*certificate required$/,
    );
  });

  test.each([
    ['cert', { key: 'clientKey' }],
    ['key', { cert: 'clientCert' }],
    ['cert', {}],
  ])('needs %s', async (missing, tls) => {
    const field = `grpc.bi-api-leke.tls.${missing}`;
    await expect(
      readCredentials('bi-api-leke', backendConfig({ mode: 'mtls', ca: 'ca', ...tls })),
    ).rejects.toMatchObject({
      message: `${field}: expected a PEM file (mode is mtls), got nothing`,
      field,
      ending: { outcome: 'rejected', reason: 'config' },
    });
  });
});

describe('files', () => {
  test.each(['ca', 'cert', 'key'])('%s: a file that cannot be read is named', async (key) => {
    const field = `grpc.bi-api-leke.tls.${key}`;
    const missing = JSON.stringify(file('missing'));
    await expect(readCredentials('bi-api-leke', backendConfig({ [key]: 'missing' }))).rejects.toMatchObject({
      message: `${field}: expected a readable PEM file, got ${missing}`,
      field,
      ending: { outcome: 'rejected', reason: 'config' },
      cause: { code: 'ENOENT' },
    });
  });

  test.each([
    ['a key that is not of the certificate', { cert: 'clientCert', key: 'serverKey' }],
    ['an invalid certificate', { cert: 'garbage', key: 'clientKey' }],
    ['an invalid key', { cert: 'clientCert', key: 'garbage' }],
    ['a certificate without a key', { cert: 'clientCert' }],
    ['an invalid authority', { ca: 'garbage' }],
  ])('%s is refused', async (_title, tls) => {
    await expect(readCredentials('bi-api-leke', backendConfig(tls))).rejects.toMatchObject({
      message: 'grpc.bi-api-leke.tls: expected PEM files that fit together, got others',
      field: 'grpc.bi-api-leke.tls',
      ending: { outcome: 'rejected', reason: 'config' },
    });
  });
});

describe('a private key', () => {
  const tls = { mode: 'mtls', ca: 'ca', cert: 'clientCert', key: 'own.key' } as const;
  const read = (): Promise<unknown> => readCredentials('bi-api-leke', backendConfig(tls));
  beforeAll(() => writeFile(file('own.key'), TEST_TLS.clientKey));

  test.each([0o600, 0o400])('of this user with mode %o is used', async (mode) => {
    await chmod(file('own.key'), mode);
    expect(await read()).toBeDefined();
  });

  test.each([0o640, 0o604, 0o620, 0o602, 0o644, 0o666, 0o601])('of this user with mode %o is refused', async (mode) => {
    await chmod(file('own.key'), mode);
    const name = JSON.stringify(file('own.key'));
    await expect(read()).rejects.toMatchObject({
      message: `grpc.bi-api-leke.tls.key: expected a key that only this process can read (0600, or 0640 of another user), got ${name} with mode 0${mode.toString(8)}`,
      ending: { outcome: 'rejected', reason: 'config' },
    });
  });

  test('in a Secret’s volume, as kubelet writes it, is used with mode 0644', async () => {
    const version = file('volume/..2026_11_22_05_40_00.1234567890');
    await mkdir(version, { recursive: true });
    await writeFile(path.join(version, 'tls.key'), TEST_TLS.clientKey, { mode: 0o644 });
    await symlink(path.basename(version), file('volume/..data'));
    await symlink('..data/tls.key', file('volume/tls.key'));
    const config = backendConfig({ ...tls, key: 'volume/tls.key' });
    expect(await readCredentials('bi-api-leke', config)).toBeDefined();
  });

  test('a certificate may be read by all', async () => {
    await chmod(file('clientCert'), 0o644);
    await chmod(file('own.key'), 0o600);
    expect(await read()).toBeDefined();
  });
});

describe('tokenFile', () => {
  test('its token goes with each call, as the file is at that time', async () => {
    const backend = await startGeneric({
      protoFile: 'bi/leke/v1/order.proto',
      service: 'bi.leke.v1.OrderService',
      tls: { cert: TEST_TLS.serverCert, key: TEST_TLS.serverKey },
    });
    onTestFinished(() => backend.stop());
    const config = backendConfig({ ca: 'ca' }, file('token'));
    await writeFile(file('token'), 'first\n');
    const credentials = await readCredentials('bi-api-leke', config);
    const peer = { credentials, key: 'tls', serverName: undefined };
    const { client } = await openConnections().connect([backend.address], peer, new AbortController().signal);
    await callUnary(client, makeCall());
    await writeFile(file('token'), 'second');
    await callUnary(client, makeCall());
    expect(backend.calls.all().map(({ metadata }) => metadata['authorization'])).toEqual([
      'Bearer first',
      'Bearer second',
    ]);
  });

  test.each(['', 'two words', 'a\nb', 'x'.repeat(20_000)])('that holds %j is refused, and not shown', async (text) => {
    await writeFile(file('token'), text);
    const name = JSON.stringify(file('token'));
    await expect(readCredentials('bi-api-leke', backendConfig({ ca: 'ca' }, file('token')))).rejects.toMatchObject({
      message: `grpc.bi-api-leke.tokenFile: expected a readable file with one bearer token, got ${name}`,
      field: 'grpc.bi-api-leke.tokenFile',
      ending: { outcome: 'rejected', reason: 'config' },
    });
  });

  test('is refused without TLS: the token would be there for all to read', async () => {
    const config = backendConfig({ mode: 'insecure' }, file('token'));
    await expect(readCredentials('bi-api-leke', config)).rejects.toMatchObject({
      message: 'grpc.bi-api-leke.tokenFile: expected tls.mode tls or mtls beside it, got insecure',
      ending: { outcome: 'rejected', reason: 'config' },
    });
  });
});
