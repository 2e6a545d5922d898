import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readFallbackInstances } from './fallback-instances.ts';

const REF = { service: 'svc', group: 'BI', cluster: undefined };
const FILE = 'BI__svc.instances';

async function directory(text?: string): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'bi-cron-'));
  onTestFinished(() => rm(made, { recursive: true }));
  if (text !== undefined) await writeFile(path.join(made, FILE), text);
  return made;
}

const usable = { weight: 1, healthy: true, enabled: true, metadata: {} };

it('reads an instance a line, without comments and blank lines', async () => {
  const text = '# of the cluster\n10.0.0.1:9000\r\n\n  bi-api.svc:9001 # spare\n[2001:db8::1]:9002\n';
  expect(await readFallbackInstances(await directory(text), REF)).toEqual([
    { ip: '10.0.0.1', port: 9000, ...usable },
    { ip: 'bi-api.svc', port: 9001, ...usable },
    { ip: '[2001:db8::1]', port: 9002, ...usable },
  ]);
});

it('gives an empty list for an empty file, and nothing for none', async () => {
  expect(await readFallbackInstances(await directory('# none\n'), REF)).toEqual([]);
  expect(await readFallbackInstances(await directory(), REF)).toBeUndefined();
});

it('does not leave the directory, whatever the service is called', async () => {
  const outside = await directory('10.0.0.1:9000');
  const inside = path.join(outside, 'inside', 'BI__..');
  await mkdir(inside, { recursive: true });
  const service = `../../${FILE.replace('.instances', '')}`;
  expect(await readFallbackInstances(path.join(outside, 'inside'), { ...REF, service })).toBeUndefined();
});

it.each(['10.0.0.1', '10.0.0.1:70000', 'http://a:1', '::1:9000', 'a b:1', ':9000'])(
  'refuses %j as rejected: config with file and line',
  async (line) => {
    const fallbackDir = await directory(`a:1\n${line}\n`);
    await expect(readFallbackInstances(fallbackDir, REF)).rejects.toMatchObject({
      message: `${path.join(fallbackDir, FILE)}:2: expected host:port, got ${JSON.stringify(line)}`,
      field: 'NACOS_FALLBACK_DIR',
      ending: { outcome: 'rejected', reason: 'config' },
    });
  },
);
