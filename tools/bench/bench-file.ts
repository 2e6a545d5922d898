import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

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
