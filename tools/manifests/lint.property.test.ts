import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { listTasks } from '../project.ts';
import { readScenario, type Scenario } from '../../test/support/manifests/scenarios.ts';
import { lint } from './lint.ts';
import { loadTickReaders } from './tick-reader.ts';
import { valueAt, type Manifest, type Path } from './manifest.ts';
import { parseManifests } from './read-manifests.ts';

const SCENARIOS = ['base', 'broker', 'job-sink', 'cron-job'] as const satisfies readonly Scenario[];
const CONTEXT = { tasks: listTasks(), readers: await loadTickReaders(), now: new Date('2026-11-22T00:00:00Z') };
const WRONG = [null, 7, -1.5, true, '', 'x', 'a/b:c', [], [null], ['once'], {}, { a: null }, [{}]];
const scenarios = await Promise.all(SCENARIOS.map((scenario) => readScenario(scenario)));

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, each]) =>
    pathsOf(each, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return path.length === 0 ? below : [path, ...below];
}

/** The text of an object in which something else stands at `path`. */
function textWith(manifest: Manifest, path: Path, value: unknown): string {
  const body: unknown = structuredClone(manifest.body);
  Object.assign(Object(valueAt(body, path.slice(0, -1))), { [path.at(-1) ?? '']: value });
  return stringify(body);
}

it('never throws, whatever stands in the place of a value, and names a file in each finding', () => {
  const places = scenarios.flatMap((manifests) =>
    manifests.flatMap((manifest) => pathsOf(manifest.body).map((path) => ({ manifests, manifest, path }))),
  );
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.constantFrom(...WRONG), ({ manifests, manifest, path }, value) => {
      const { manifests: changed, findings } = parseManifests(textWith(manifest, path, value), manifest.file);
      const others = manifests.filter((each) => each !== manifest);
      for (const { file, line } of [...findings, ...lint([...others, ...changed], CONTEXT)]) {
        expect([file, line]).toEqual([expect.stringContaining('.yaml'), expect.any(Number)]);
      }
    }),
    { numRuns: 60 },
  );
});
