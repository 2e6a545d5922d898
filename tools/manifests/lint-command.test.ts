import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lintCommand } from './lint-command.ts';
import { RULES } from './lint.ts';

const BROKEN = `apiVersion: sources.knative.dev/v1
kind: PingSource
metadata:
  name: goods-onsale
  labels:
    app.kubernetes.io/name: goods-onsale
    app.kubernetes.io/component: schedule
    app.kubernetes.io/part-of: bi-cron
spec:
  schedule: '7 * * * *'
  contentType: application/json
  data: '{}'
  sink:
    uri: http://nowhere.example
`;

async function run(argv: readonly string[], input = ''): Promise<{ code: number; out: string; err: string }> {
  const texts = { out: '', err: '' };
  async function* stdin(): AsyncGenerator<string> {
    yield input;
  }
  const code = await lintCommand(argv, {
    stdin: stdin(),
    out: (text) => (texts.out += text),
    err: (text) => (texts.err += text),
    now: new Date('2026-11-22T00:00:00Z'),
  });
  return { code, ...texts };
}

describe('lint-knative', () => {
  it('finds nothing in knative/base and exits 0', async () => {
    const { code, out } = await run([]);
    expect(out).toMatch(/^\d+ objects, \d+ rules, 0 findings\n$/);
    expect(code).toBe(0);
  });

  it('prints place, number, field, message and reason, and exits 1', async () => {
    const { code, out } = await run(['-'], BROKEN);
    expect(code).toBe(1);
    expect(out).toContain(
      [
        '<stdin>:10 K024 spec.timezone',
        '  PingSource goods-onsale: expected an IANA zone such as "Asia/Shanghai", but it is missing',
        '  why: without one the ticks follow the zone of whatever pod sends them',
        '',
      ].join('\n'),
    );
  });

  it('sorts findings by line', async () => {
    const { out } = await run(['-'], BROKEN);
    const lines = [...out.matchAll(/^<stdin>:(\d+) /gm)].map(([, line]) => Number(line));
    expect(lines).toEqual([...lines].sort((left, right) => left - right));
    expect(lines.length).toBeGreaterThan(1);
  });

  it('prints every rule once by ascending number with --rules, and checks nothing', async () => {
    const { code, out } = await run(['--rules', 'no-such-file']);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('K024 The timezone is given, as an IANA name\n  otherwise: '),
    ]);
    const ids = [...out.matchAll(/^(\S+) .+\n {2}otherwise: .+$/gm)].map(([, id = '']) => id);
    expect(ids).toEqual([...new Set(RULES.map(({ id }) => id))].sort());
    expect(ids.filter((id) => !/^K\d{3}$/.test(id))).toEqual([]);
  });

  it('exits 2 when there is nothing to check', async () => {
    expect(await run(['-'])).toMatchObject({
      code: 2,
      err: 'lint-knative: expected at least one manifest, got none\n',
    });
  });

  it('exits 2 for a file that does not exist, and for an unknown option', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bi-cron-lint-'));
    await rm(directory, { recursive: true });
    expect((await run([directory])).code).toBe(2);
    expect((await run(['--strict'])).code).toBe(2);
  });
});
