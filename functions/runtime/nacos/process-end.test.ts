import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { serveNacos } from '../../../test/support/nacos-server.ts';
import type { NacosSettings } from '../env.ts';
import { settingsOf } from '../../../test/support/nacos-client.ts';

/**
 * A process that reads a document and lists instances, prints what came and leaves the rest to Node: it ends by itself
 * when no socket and no timer is left, and with a stack on stderr when a rejection was not handled.
 */
const SCRIPT = `
  import { createNacos } from ${JSON.stringify(new URL('client.ts', import.meta.url).href)};
  import { Inquiry } from ${JSON.stringify(new URL('inquiry.ts', import.meta.url).href)};
  const { servers, timeoutMs, doesClose, ...settings } = JSON.parse(process.argv[1]);
  const nacos = createNacos({ ...settings, servers: servers.map((url) => new URL(url)) }, { random: () => 0, againMs: 100 });
  const ref = { dataId: 'a.yaml', group: 'DEFAULT_GROUP' };
  const ask = async () => {
    const inquiry = new Inquiry(AbortSignal.timeout(timeoutMs));
    const results = await Promise.allSettled([
      nacos.readDocument(ref, inquiry),
      nacos.listInstances({ service: 'svc', group: 'DEFAULT_GROUP', cluster: undefined }, inquiry),
    ]);
    return results.map(({ value, reason }) => reason?.message.replace(/^.*: /, '') ?? value.value);
  };
  process.stdout.write(JSON.stringify(await ask()));
  if (doesClose) nacos.close();
`;

interface Case extends Partial<NacosSettings> {
  readonly timeoutMs?: number;
  readonly doesClose?: boolean;
}

/** What the process printed; rejects when it fails or was killed because it did not end. */
async function run(addresses: readonly string[], { timeoutMs = 60_000, doesClose = false, ...more }: Case = {}) {
  const processCase = { ...settingsOf(addresses, more), timeoutMs, doesClose };
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--input-type=module', '--eval', SCRIPT, JSON.stringify(processCase)],
    { timeout: 15_000 },
  );
  expect(stderr).toBe('');
  return JSON.parse(stdout) as unknown;
}

const auth = { users: { reader: 'right' } };
const BOTH = (got: string): string[] => [got, got];

describe('a process ends by itself, with no rejection unhandled, after', () => {
  it('an answer, whose connection is kept', async () => {
    const server = await serveNacos();
    server.configs.publish('a.yaml', 'n: 1');
    expect(await run([server.address])).toEqual(['n: 1', []]);
  });

  it('a hedge whose first server never answers', async () => {
    const [hanging, server] = [await serveNacos(), await serveNacos()];
    await hanging.faults.set('hang');
    server.configs.publish('a.yaml', 'n: 1');
    expect(await run([hanging.address, server.address])).toEqual(['n: 1', []]);
    expect(hanging.requests.count()).toBeGreaterThan(0);
  });

  it.each(['v1', 'v3'])('an answer while the API %s never answers', async (hanging) => {
    const server = await serveNacos({ auth });
    server.configs.publish('a.yaml', 'n: 1');
    await server.faults.set('hang', { match: { path: new RegExp(`^/nacos/${hanging}/`) } });
    expect(await run([server.address], { credentials: { username: 'reader', password: 'right' } })).toEqual([
      'n: 1',
      [],
    ]);
  });

  it('no answer in time', async () => {
    const [one, two] = [await serveNacos(), await serveNacos()];
    await Promise.all([one.faults.set('hang'), two.faults.set('hang')]);
    expect(await run([one.address, two.address], { timeoutMs: 400 })).toEqual(
      BOTH('expected an answer, got none in time'),
    );
  });

  it('a login that was refused', async () => {
    const server = await serveNacos({ auth, version: '2.5.1' });
    const credentials = { username: 'reader', password: 'wrong' };
    const got = expect.stringMatching(/^expected to log in as NACOS_USERNAME, got 403/) as string;
    expect(await run([server.address], { credentials })).toEqual(BOTH(got));
  });

  it('a login that nobody waits for any more', async () => {
    const server = await serveNacos({ auth });
    await server.faults.set('hang');
    const credentials = { username: 'reader', password: 'right' };
    expect(await run([server.address], { credentials, timeoutMs: 50, doesClose: true })).toEqual(
      BOTH('expected an answer, got none in time'),
    );
  });
});
