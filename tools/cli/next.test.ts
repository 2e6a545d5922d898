import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, json } from '../../test/support/cli.ts';
import { listTasks, ROOT } from '../project.ts';
import { renderTimetables } from './next.ts';

describe('renderTimetables', () => {
  it('shows local time, UTC, and where the window begins and how long it is', () => {
    const text = renderTimetables(
      [
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
      ],
      undefined,
    );
    expect(text).toContain('Mon 2026-11-23 00:07  2026-11-22T16:07Z  11-22 23:07 + 1h\n');
  });

  it('has no window column when no task has a window, and says never', () => {
    const text = renderTimetables([{ task: 'x', schedule: '0 0 30 2 *', timezone: 'UTC', runs: [] }], undefined);
    expect(text).not.toContain('window');
    expect(text).toContain('never');
  });
});

describe.concurrent('next', () => {
  it('reads knative/base by default and shows five runs of each task, with their windows', async () => {
    const { status, stdout } = await cli(['next', '--from', '2026-11-22T07:00:00Z']);
    expect([status, stdout.match(/T\d\d:\d\dZ/g)]).toEqual([
      0,
      expect.objectContaining({ length: 5 * listTasks().length }),
    ]);
    expect(stdout).toContain('Mon 2026-11-23 02:45  2026-11-22T18:45Z  10-24 02:35 + 30d10m\n');
  });

  it('shows the ticks of one task', async () => {
    const args = ['next', 'full-order', '--count', '2', '--from', '2026-11-22T00:00:00Z'];
    expect(json(await cli([...args, '--json']))).toEqual([
      {
        task: 'full-order',
        schedule: '45 2 * * *',
        timezone: 'Asia/Shanghai',
        runs: ['2026-11-22T18:45:00.000Z', '2026-11-23T18:45:00.000Z'],
        windows: [
          { start: '2026-10-23T18:35:00.000Z', end: '2026-11-22T18:45:00.000Z' },
          { start: '2026-10-24T18:35:00.000Z', end: '2026-11-23T18:45:00.000Z' },
        ],
      },
    ]);
    expect((await cli(args)).stdout).toContain('Mon 2026-11-23 02:45  2026-11-22T18:45Z');
  });

  it.each([
    [80, (text: string) => text.includes('task             local time')],
    [60, (text: string) => text.includes('increment-order 3-59/10 * * * * Asia/Shanghai\n  local time      ')],
  ])('fits into %d columns, as a table or as cards', async (columns, isSo) => {
    const { stdout } = await cli(['next'], { env: { COLUMNS: String(columns) } });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(isSo(stdout)).toBe(true);
  });

  it.each([
    ['2026-11-19', '2026-11-18T18:45:00.000Z'], // midnight in Shanghai is 16:00 of the day before in UTC
    ['2026-11-19T00:00:00Z', '2026-11-19T18:45:00.000Z'],
  ])('counts from %s in the zone of the task', async (from, tick) => {
    const ended = await cli(['next', 'full-order', '--count', '1', '--from', from, '--json']);
    expect(json(ended)).toMatchObject([{ runs: [tick] }]);
  });

  it('reads another folder', async () => {
    const folder = path.join(ROOT, 'knative/components/job/cron-job');
    const { stdout } = await cli(['next', 'full-order', '--manifests', folder, '--count', '1', '--json']);
    expect(JSON.parse(stdout)).toMatchObject([{ task: 'full-order', schedule: '45 2 * * *' }]);
  });

  it.each([
    [['--count', '0'], '--count: expected a whole number from 1 to 1000, got "0"'],
    [['--count', '1e3'], '--count: expected a whole number from 1 to 1000, got "1e3"'],
    [['--from', 'soon'], '--from: expected '],
    [['--manifests', path.join(import.meta.dirname, 'doctor')], '--manifests: expected a folder with PingSources'],
    [['--manifests', path.join(import.meta.dirname, 'nowhere')], '--manifests: expected a file or folder, got'],
  ])('exits 64 for %j', async (args, message) => {
    const { status, stderr } = await cli(['next', ...args]);
    expect([status, stderr]).toEqual([64, expect.stringContaining(message)]);
  });
});
