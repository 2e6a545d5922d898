import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../functions.ts';
import { valuesOf } from '../part.ts';
import { run } from '../processes.ts';
import { part } from './part.ts';

it('robfig/cron fires as the committed file says', async () => {
  const fired = (await run(path.join(valuesOf(part).built, 'ticks'), [])).split('\n');
  const committed = readFileSync(path.join(ROOT, 'test/support/manifests/robfig-ticks.tsv'), 'utf8').split('\n');
  expect(committed.filter((line) => !line.startsWith('#') && line !== '')).toHaveLength(10_000);
  expect(fired.filter((line, index) => line !== committed[index])).toEqual([]);
  expect(committed).toHaveLength(fired.length);
});
