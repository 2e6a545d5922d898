import Table from 'cli-table3';
import type { Cold, Phase } from './cold.ts';
import type { Growth, GrowthRow } from './growth.ts';
import type { Size } from './size.ts';
import type { Warm, WarmRow } from './warm.ts';

const BAR_COLUMNS = 60;

/** A table without colours: it is pasted into documents. The first column is text, the others are figures. */
export function formatTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const table = new Table({
    head: [...head],
    style: { head: [], border: [] },
    colAligns: head.map((_, at) => (at === 0 ? 'left' : 'right')),
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

export function formatCold({ rounds, rows, phases, figures }: Cold): string {
  const [floor] = rows;
  const ratio = (value: number, of = Number.NaN): string => `${(value / of).toFixed(2)} x`;
  const table = formatTable(
    [
      `cold, medians of ${rounds}`,
      'port open ms',
      'answered ms',
      'of floor',
      'CPU ms',
      'of floor',
      'peak MB',
      'of floor',
    ],
    rows.map(({ name, openMs, answeredMs, cpuMs, peakBytes }) => [
      name,
      openMs.toFixed(1),
      answeredMs.toFixed(1),
      ratio(answeredMs, floor?.answeredMs),
      cpuMs.toFixed(1),
      ratio(cpuMs, floor?.cpuMs),
      (peakBytes / 1e6).toFixed(1),
      ratio(peakBytes, floor?.peakBytes),
    ]),
  );
  return `${table}\nours: ${figures.ratio_to_naive.toFixed(2)} x naive, ${figures.round_trips} round trips one after the other\n${formatPhases(phases)}`;
}

/** Phases as bars on a common axis. */
export function formatPhases(phases: readonly Phase[]): string {
  const end = Math.max(...phases.map(({ to }) => to));
  const column = (ms: number): number => Math.round((ms / end) * BAR_COLUMNS);
  const width = Math.max(...phases.map(({ name }) => name.length));
  return phases
    .map(({ name, from, to }) => {
      const bar = ' '.repeat(column(from)) + '█'.repeat(Math.max(1, column(to) - column(from)));
      return `${name.padEnd(width)} ${bar.padEnd(BAR_COLUMNS + 1)} ${from.toFixed(0)}–${to.toFixed(0)} ms`;
    })
    .join('\n');
}

export function formatWarm(rows: readonly WarmRow[], figures: Warm['figures']): string {
  const table = formatTable(
    [
      'warm',
      'events',
      'busy',
      'call p50 ms',
      'event p50 ms',
      'added p50 ms',
      'call p99 ms',
      'event p99 ms',
      'added p99 ms',
    ],
    rows.map(({ perSecond, events, busyShare, directMs, eventMs }) => [
      `${perSecond}/s`,
      events,
      `${(busyShare * 100).toFixed(1)} %`,
      directMs.p50.toFixed(2),
      eventMs.p50.toFixed(2),
      (eventMs.p50 - directMs.p50).toFixed(2),
      directMs.p99.toFixed(2),
      eventMs.p99.toFixed(2),
      (eventMs.p99 - directMs.p99).toFixed(2),
    ]),
  );
  return `${table}\none pod, one run after the other: ${figures['max_runs_per_second']?.toFixed(0)} runs/s`;
}

export function formatGrowth(rows: readonly GrowthRow[], figures: Growth['figures']): string {
  const table = formatTable(
    ['growth, cold', 'answered ms', 'requests', 'round trips in sequence'],
    rows.map(({ name, answeredMs, requests, roundTrips }) => [name, answeredMs.toFixed(1), requests, roundTrips]),
  );
  return `${table}\nwith the handshakes of TCP and HTTP/2, a cold start takes ${figures.wire_round_trips.toFixed(1)} round trips`;
}

export function formatSize({ files, figures }: Size): string {
  const kB = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;
  const rows = [
    ...files.map(({ name, bytes }) => [name, kB(bytes)]),
    ['image above its base', kB(figures.image_bytes)],
  ];
  return `${formatTable(['size', ''], rows)}\n${figures.production_packages} production packages in the lock file`;
}
