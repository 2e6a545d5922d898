import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { mergeBenchFile } from './report.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'bi-cron-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('keeps the parts of another run and replaces its own', () => {
  const file = path.join(folder, 'dist/bench.json');
  mergeBenchFile(file, { cold: { ratio_to_floor: 9 }, size: { bundle_bytes: 1 } });
  mergeBenchFile(file, { cold: { ratio_to_floor: 2.34567 } });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    cold: { ratio_to_floor: 2.346 },
    size: { bundle_bytes: 1 },
  });
});
