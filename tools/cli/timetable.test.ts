import { describe, expect, it } from 'vitest';
import { parseManifests } from '../manifests/read-manifests.ts';
import { ROOT } from '../project.ts';
import { loadWindows, timetables } from './timetable.ts';

const slot = new Date('2026-11-22T08:03:00Z');

it.each([
  ['increment-order', '2026-11-22T05:53:00.000Z'],
  ['inventory-fetch', '2026-11-22T05:53:00.000Z'],
  ['full-order', '2026-10-23T07:53:00.000Z'],
])('%s asks by default for what lies between %s and the slot', async (task, start) => {
  const windowOf = await loadWindows(ROOT);
  expect(windowOf(task, slot)).toEqual({ start: new Date(start), end: slot });
});

it.each(['goods-onsale', 'no-such-task'])('%s asks for no window', async (task) => {
  const windowOf = await loadWindows(ROOT);
  expect(windowOf(task, slot)).toBeUndefined();
});

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
