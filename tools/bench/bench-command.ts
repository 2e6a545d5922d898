import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import colors from 'picocolors';
import { ROOT } from '../project.ts';
import { benchCold } from './cold.ts';
import { benchGrowth } from './growth.ts';
import { startPlatform } from './platform.ts';
import { measureSize } from './size.ts';
import { drawCold, formatCold, formatGrowth, formatSize, formatWarm, mergeBenchFile } from './report.ts';
import { APP_DIR } from './variants.ts';
import { benchWarm } from './warm.ts';

const PARTS = ['cold', 'warm', 'growth', 'size'] as const;

/** `make bench ONLY=cold`: builds the application, measures one part or all, prints tables, merges `dist/bench.json`. */
async function main(): Promise<number> {
  const only = process.argv[2] || 'all';
  const parts = PARTS.filter((part) => only === 'all' || only === part);
  if (parts.length === 0) {
    console.error(colors.red(`ONLY: expected one of ${PARTS.join(', ')}, all, got ${JSON.stringify(only)}`));
    return 2;
  }
  progress('building the application');
  const command = path.join(import.meta.dirname, '../build/build-command.ts');
  const { status } = spawnSync(process.execPath, [command, '--out', APP_DIR], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) return 1;
  const platform = await startPlatform();
  for (const part of parts) {
    const { table, figures } = await MEASURE[part](platform, progress);
    console.log(table);
    mergeBenchFile(path.join(ROOT, 'dist/bench.json'), { [part]: figures });
  }
  platform.close();
  return 0;
}

type Measure = (...args: Parameters<typeof benchCold>) => Promise<{ table: string; figures: object }>;

const MEASURE: Record<(typeof PARTS)[number], Measure> = {
  cold: async (...args) => {
    const cold = await benchCold(...args);
    writeFileSync(path.join(import.meta.dirname, 'cold-start.svg'), drawCold(cold));
    const { rows, phases, figures } = cold;
    return { table: formatCold(cold), figures: { ...figures, rows, phases } };
  },
  warm: async (...args) => {
    const { rows, figures } = await benchWarm(...args);
    return { table: formatWarm(rows, figures), figures: { ...figures, rows } };
  },
  growth: async (...args) => {
    const { rows, figures } = await benchGrowth(...args);
    return { table: formatGrowth(rows, figures), figures: { ...figures, rows } };
  },
  size: () => {
    const size = measureSize();
    return Promise.resolve({ table: formatSize(size), figures: size.figures });
  },
};

/** On a terminal each step takes the place of the one before. */
function progress(step: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${colors.dim(`· ${step}`)}`);
  else console.error(`· ${step}`);
}

process.exitCode = await main();
