import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serveNacos } from '../../../test/support/nacos-server.ts';
import { readBootstrap } from '../env.ts';
import { loadDocuments, type LoadedDocuments } from './load.ts';
import { openNacos, timeoutSignal } from '../../../test/support/nacos-client.ts';
import { Inquiry } from '../nacos/inquiry.ts';
import { RunError } from '../run-error.ts';

interface Case {
  readonly address: string;
  readonly fallbackDir?: string;
  readonly dataIds?: string;
  readonly signal?: AbortSignal;
}

function read({ address, fallbackDir, dataIds = 'a.yaml,b.yaml?', signal }: Case): Promise<LoadedDocuments> {
  const bootstrap = readBootstrap({
    DEPLOY_ENV: 'dev',
    NACOS_SERVER_ADDR: address,
    NACOS_DATA_IDS: dataIds,
    NACOS_FALLBACK_DIR: fallbackDir,
  });
  return loadDocuments(bootstrap, openNacos(address.split(',')), new Inquiry(signal ?? timeoutSignal()));
}

/** A directory with these files that is gone after the test. */
async function directory(files: Record<string, string | Buffer>): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'bi-cron-'));
  onTestFinished(() => rm(made, { recursive: true }));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(path.join(made, name), text)));
  return made;
}

const FALLBACK = { 'DEFAULT_GROUP__a.yaml': 'from: directory' };
const MIB = 1024 * 1024;
const idsOf = ({ documents }: LoadedDocuments): string[] => documents.map(({ dataId }) => dataId);
const config = { outcome: 'rejected', reason: 'config' };

describe('documents', () => {
  it('come in the order asked for, whichever is answered first', async () => {
    const server = await serveNacos();
    server.configs.publish('a.yaml', 'n: 1');
    server.configs.publish('b.yaml', 'n: 2');
    await server.faults.set({ slow: 30 }, { match: { dataId: 'a.yaml' } });
    const found = await read({ address: server.address });
    expect(idsOf(found)).toEqual(['a.yaml', 'b.yaml']);
    expect(found.source).toBe('nacos');
    expect(found.documents.map(({ value }) => value)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it.each([
    ['is missing', undefined],
    ['holds comments only', '# n: 1'],
  ])('leave out an optional one that %s', async (_, text) => {
    const server = await serveNacos();
    server.configs.publish('a.yaml', 'n: 1');
    if (text !== undefined) server.configs.publish('b.yaml', text);
    expect(idsOf(await read({ address: server.address }))).toEqual(['a.yaml']);
  });

  it.each([
    ['is missing', undefined, 'no such document'],
    ['holds comments only', '# n: 1', 'a document without any key'],
  ])('are rejected: config when a required one %s', async (_, text, got) => {
    const server = await serveNacos();
    if (text !== undefined) server.configs.publish('a.yaml', text);
    await expect(read({ address: server.address })).rejects.toMatchObject({
      message: `Nacos, namespace "", group DEFAULT_GROUP: expected document a.yaml, got ${got}`,
      ending: config,
      field: 'a.yaml',
    });
  });

  it('are rejected: config when an optional one is no YAML', async () => {
    const server = await serveNacos();
    server.configs.publish('a.yaml', 'n: 1');
    server.configs.publish('b.yaml', 'n: 1\nn: 2');
    await expect(read({ address: server.address })).rejects.toMatchObject({
      message: 'b.yaml:2: expected YAML, got a key that stands twice in its map',
      ending: config,
    });
  });
});

it('a document that two of several servers say is missing: both are named', async () => {
  const [one, other] = [await serveNacos(), await serveNacos()];
  await expect(read({ address: `${one.address},${other.address}` })).rejects.toMatchObject({
    message: expect.stringMatching(
      /^Nacos at 127.0.0.1:\d+ and 127.0.0.1:\d+, namespace "", group DEFAULT_GROUP: expected document a.yaml, got no/,
    ) as string,
  });
});

describe('documents of more than 4 MiB in all', () => {
  const dataIds = 'a.yaml,b.yaml,c.yaml,d.yaml,e.yaml';
  const textOf = (bytes: number): string => `# ${'x'.repeat(bytes - 7)}\na: 1`.slice(0, bytes);

  it.each([
    [MIB - 16, 5, false],
    [MIB - 16, 4, true],
  ])('%d bytes each, %d of them: taken %j', async (bytes, count, isTaken) => {
    const server = await serveNacos();
    const names = dataIds.split(',').slice(0, count);
    for (const dataId of names) server.configs.publish(dataId, textOf(bytes));
    const read_ = read({ address: server.address, dataIds: names.join(',') }).then(
      idsOf,
      (error: Error) => error.message,
    );
    const refused = `NACOS_DATA_IDS: expected documents of 4 MiB in all, got ${bytes * count} bytes`;
    expect(await read_).toEqual(isTaken ? names : refused);
  });
});

describe('the fallback directory', () => {
  it.each(['down', 'reset', '502', 'half-body'] as const)('stands in when Nacos is at fault: %s', async (fault) => {
    const server = await serveNacos();
    server.configs.publish('a.yaml', 'from: nacos');
    await server.faults.set(fault);
    const found = await read({ address: server.address, fallbackDir: await directory(FALLBACK) });
    expect(found.source).toBe('fallback');
    expect(found.documents.map(({ value }) => value)).toEqual([{ from: 'directory' }]);
  });

  it('stands in when Nacos does not answer in time', async () => {
    const server = await serveNacos();
    await server.faults.set('hang');
    const signal = AbortSignal.timeout(50);
    const found = await read({ address: server.address, fallbackDir: await directory(FALLBACK), signal });
    expect(found.source).toBe('fallback');
  });

  it('stands in for all documents or none', async () => {
    const server = await serveNacos();
    server.configs.publish('a.yaml', 'from: nacos');
    await server.faults.set('502', { match: { dataId: 'b.yaml' } });
    const found = await read({ address: server.address, fallbackDir: await directory(FALLBACK) });
    expect(found.documents.map(({ value }) => value)).toEqual([{ from: 'directory' }]);
  });

  it('is not looked at while Nacos answers', async () => {
    const server = await serveNacos();
    server.configs.publish('a.yaml', 'from: nacos');
    const found = await read({ address: server.address, fallbackDir: await directory(FALLBACK) });
    expect(found.source).toBe('nacos');
    expect(found.documents.map(({ value }) => value)).toEqual([{ from: 'nacos' }]);
  });

  it.each([
    ['403', 'expected to read document a.yaml'],
    ['401', 'expected to read document a.yaml'],
    ['api-absent', 'expected the HTTP API v1 or v3'],
    ['410', 'expected the HTTP API v1 or v3'],
    ['500', 'expected an answer, got status 500'],
    ['garbage', 'expected document a.yaml'],
  ] as const)('does not stand in for a %s', async (fault, message) => {
    const server = await serveNacos();
    await server.faults.set(fault);
    const reading = read({ address: server.address, fallbackDir: await directory(FALLBACK), dataIds: 'a.yaml' });
    await expect(reading).rejects.toThrow(message);
  });

  it('does not stand in for a missing document', async () => {
    const server = await serveNacos();
    const reading = read({ address: server.address, fallbackDir: await directory(FALLBACK) });
    await expect(reading).rejects.toMatchObject({ message: expect.stringContaining('got no such document') });
  });

  it('does not stand in when it is the caller who has gone', async () => {
    const server = await serveNacos();
    await server.faults.set('hang');
    const gone = new RunError({ outcome: 'unavailable', reason: 'caller' }, 'gone');
    const signal = AbortSignal.abort(gone);
    const reading = read({ address: server.address, fallbackDir: await directory(FALLBACK), signal });
    await expect(reading).rejects.toBe(gone);
  });

  it.each([
    ['lacks a required document', {}, 'expected document a.yaml, got no such document'],
    [
      'has a required document without keys',
      { 'DEFAULT_GROUP__a.yaml': '#' },
      'expected document a.yaml, got a document without any key',
    ],
  ])('that %s is rejected: config', async (_, files, message) => {
    const fallbackDir = await directory(files);
    const server = await serveNacos();
    await server.faults.set('down');
    await expect(read({ address: server.address, fallbackDir })).rejects.toMatchObject({
      message: `${fallbackDir}: ${message}`,
      ending: config,
    });
  });

  it.each([
    ['is UTF-16 with a byte order mark', Buffer.from('\uFEFFfrom: directory', 'utf16le'), 'read'],
    ['is UTF-8 with a byte order mark', Buffer.from('\uFEFFfrom: directory'), 'read'],
    ['is UTF-16 without one', Buffer.from('from: directory', 'utf16le'), 'got UTF-16 without a byte order mark'],
    ['is larger than 1 MiB', Buffer.alloc(MIB + 1, '#'), `expected at most 1 MiB, got ${MIB + 1} bytes`],
  ])('whose file %s is read, or refused by that name', async (_, bytes, outcome) => {
    const fallbackDir = await directory({ 'DEFAULT_GROUP__a.yaml': bytes });
    const server = await serveNacos();
    await server.faults.set('down');
    const found = read({ address: server.address, fallbackDir }).then(
      ({ documents }) => (documents[0]?.value['from'] === 'directory' ? 'read' : 'something else'),
      (error: RunError) => `${error.ending.reason} ${error.field}: ${error.message}`,
    );
    expect(await found).toMatch(outcome === 'read' ? /^read$/ : new RegExp(`^config NACOS_FALLBACK_DIR: .*${outcome}`));
  });

  it('that is a file is rejected: config', async () => {
    const file = path.join(await directory({ file: '' }), 'file');
    const server = await serveNacos();
    await server.faults.set('down');
    await expect(read({ address: server.address, fallbackDir: file, dataIds: 'a.yaml' })).rejects.toMatchObject({
      message: `${file}/DEFAULT_GROUP__a.yaml: expected a readable file, got ENOTDIR`,
      ending: config,
      field: 'NACOS_FALLBACK_DIR',
    });
  });

  it('is not missed when there is none: Nacos is unavailable', async () => {
    const server = await serveNacos();
    await server.faults.set('down');
    await expect(read({ address: server.address })).rejects.toMatchObject({
      message: `Nacos at ${server.address}: expected an answer, got ECONNREFUSED`,
      ending: { outcome: 'unavailable', reason: 'nacos' },
    });
  });
});
