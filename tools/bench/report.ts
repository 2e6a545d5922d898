import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
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
  return `${table}\nours: ${figures.ratio_to_bare.toFixed(2)} x bare, ${figures.ratio_to_naive.toFixed(2)} x naive, ${figures.round_trips} round trips one after the other\n${formatPhases(phases)}`;
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

export function formatSize({ files, layers, figures }: Size): string {
  const kB = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;
  const rows = [
    ...files.map(({ name, bytes }) => [name, kB(bytes)]),
    ['the application', kB(figures.image_bytes)],
    ...layers.map(({ name, bytes }) => [`image on scratch, compressed: ${name}`, kB(bytes)]),
    ['image on scratch, compressed', kB(figures.compressed_image_bytes)],
  ];
  return `${formatTable(['size', ''], rows)}\n${figures.production_packages} production packages in the lock file`;
}

const [WIDTH, LABEL, FIGURE, ROW, BAR] = [760, 190, 150, 30, 18] as const;

/** The cold starts as bars, ours below them phase by phase: an SVG that reads on a light and on a dark page. */
export function drawCold({ rows, phases, rounds }: Cold): string {
  const [floor] = rows;
  const bars = rows.map(({ name, answeredMs }) => ({
    name,
    from: 0,
    to: answeredMs,
    figure: `${answeredMs.toFixed(0)} ms · ${(answeredMs / (floor?.answeredMs ?? Number.NaN)).toFixed(1)} × floor`,
    kind: name === 'ours' ? 'ours' : 'other',
  }));
  const steps = phases.map(({ name, from, to }) => ({
    name,
    from,
    to,
    figure: `${from.toFixed(0)}–${to.toFixed(0)} ms`,
    kind: 'phase',
  }));
  const height = (bars.length + steps.length + 3) * ROW;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" role="img" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>Cold start: process start to first event answered</title>`,
    `<style>text{fill:#24292f}.title{font-weight:600}.other{fill:#8c959f}.ours{fill:#1f883d}.phase{fill:#54aeff}@media(prefers-color-scheme:dark){text{fill:#d1d9e0}.other{fill:#6e7681}.ours{fill:#3fb950}.phase{fill:#388bfd}}</style>`,
    ...drawGroup(`Process start to first event answered, medians of ${rounds} starts in turn`, bars, 0),
    ...drawGroup('Ours, seen from Nacos and the backend', steps, (bars.length + 1.5) * ROW),
    '</svg>\n',
  ].join('\n');
}

interface Bar {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly figure: string;
  readonly kind: string;
}

function drawGroup(title: string, bars: readonly Bar[], top: number): string[] {
  const end = Math.max(...bars.map(({ to }) => to));
  const x = (ms: number): number => Math.round((ms / end) * (WIDTH - LABEL - FIGURE));
  const lines = bars.map(({ name, from, to, figure, kind }, at) => {
    const y = top + (at + 1) * ROW;
    const [left, width] = [LABEL + x(from), Math.max(2, x(to) - x(from))];
    return (
      `<text x="0" y="${y + BAR - 4}">${name}</text>` +
      `<rect class="${kind}" x="${left}" y="${y}" width="${width}" height="${BAR}" rx="2"/>` +
      `<text x="${left + width + 6}" y="${y + BAR - 4}">${figure}</text>`
    );
  });
  return [`<text class="title" x="0" y="${top + BAR}">${title}</text>`, ...lines];
}

/** Puts the parts that were measured into the file and leaves the others as they are. */
export function mergeBenchFile(file: string, parts: Readonly<Record<string, object>>): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const merged = { ...readBenchFile(file), ...parts };
  writeFileSync(file, `${JSON.stringify(merged, round, 2)}\n`);
}

function readBenchFile(file: string): object {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as object; // written by this module
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/** Three decimals: more would only look precise. */
function round(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
}
