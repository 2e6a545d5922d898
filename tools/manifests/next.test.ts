import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listTasks } from '../project.ts';
import { nextCommand, renderTimetables } from './next-command.ts';
import { timetables } from './next.ts';
import { parseManifests } from './read-manifests.ts';

const FROM = new Date('2026-11-22T07:00:00Z');
const PING = `
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: { name: goods-onsale }
spec: { schedule: '7 * * * *', timezone: Asia/Shanghai }
---
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: { name: full-order }
spec: { schedule: '0 0 30 2 *', timezone: UTC }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: increment-order }
spec: { schedule: '30 1 * * *', timeZone: America/New_York }
`;

async function* noInput(): AsyncGenerator<string> {}

function host(): { out: string[]; err: string[]; host: Parameters<typeof nextCommand>[1] } {
  const out: string[] = [];
  const err: string[] = [];
  const write = (lines: string[]) => (text: string) => lines.push(text);
  return { out, err, host: { stdin: noInput(), out: write(out), err: write(err), now: FROM } };
}

describe('timetables', () => {
  it('gives every PingSource and CronJob its next ticks, tasks by name', () => {
    const result = timetables(parseManifests(PING, 'a.yaml').manifests, FROM, 2);
    expect(
      result.map(({ task, timezone, runs }) => [task, timezone, runs.map(({ slot }) => slot.toISOString())]),
    ).toEqual([
      ['full-order', 'UTC', []],
      ['goods-onsale', 'Asia/Shanghai', ['2026-11-22T07:07:00.000Z', '2026-11-22T08:07:00.000Z']],
      ['increment-order', 'America/New_York', ['2026-11-23T06:30:00.000Z', '2026-11-24T06:30:00.000Z']],
    ]);
  });

  it('asks for the window of each slot', () => {
    const [, goods] = timetables(parseManifests(PING, 'a.yaml').manifests, FROM, 1, (task, slot) =>
      task === 'goods-onsale' ? { start: new Date(slot.getTime() - 3_600_000), end: slot } : undefined,
    );
    expect(goods?.runs[0]?.window?.start.toISOString()).toBe('2026-11-22T06:07:00.000Z');
  });
});

describe('renderTimetables', () => {
  it('shows local time, UTC and the half-open window', () => {
    const text = renderTimetables([
      {
        task: 'goods-onsale',
        schedule: '7 * * * *',
        timezone: 'Asia/Shanghai',
        runs: [
          {
            slot: new Date('2026-11-22T16:07:00Z'),
            window: { start: new Date('2026-11-22T15:07:00Z'), end: new Date('2026-11-22T16:07:00Z') },
          },
        ],
      },
    ]);
    expect(text).toContain('Mon 2026-11-23 00:07:00');
    expect(text).toContain('2026-11-22T16:07:00Z');
    expect(text).toContain('[Sun 2026-11-22 23:07:00, Mon 2026-11-23 00:07:00)');
  });

  it('has no window column when no task has a window, and says never', () => {
    const text = renderTimetables([{ task: 'x', schedule: '0 0 30 2 *', timezone: 'UTC', runs: [] }]);
    expect(text).not.toContain('window');
    expect(text).toContain('never');
  });
});

describe('next', () => {
  it('reads knative/base by default and shows five runs of each task', async () => {
    const { out, host: itsHost } = host();
    expect(await nextCommand([], itsHost)).toBe(0);
    const text = out.join('');
    expect(text.match(/T\d\d:\d\d:00Z/g)).toHaveLength(5 * listTasks().length);
    expect(text).toContain('Mon 2026-11-23 02:45:00 │ 2026-11-22T18:45:00Z');
  });

  it.each([
    [['--count', '0'], 'next: --count: expected a whole number of at least 1\n'],
    [['--from', 'soon'], 'next: --from: expected an RFC 3339 time such as 2026-11-22T00:00:00Z\n'],
    [[join(import.meta.dirname, 'nowhere')], 'next: ENOENT'],
  ])('exits 2 for %j', async (argv, message) => {
    const { err, host: itsHost } = host();
    expect(await nextCommand(argv, itsHost)).toBe(2);
    expect(err.join('')).toContain(message);
  });
});
