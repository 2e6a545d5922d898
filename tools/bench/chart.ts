import type { Cold } from './cold.ts';

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
