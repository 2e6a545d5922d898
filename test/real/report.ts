import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Table from 'cli-table3';

/** What became of a part and of its journeys. */
export interface PartResult {
  readonly part: string;
  readonly version: string;
  /** `left out`: this machine lacks something; the other two are faults of the part's folder, and count as failed. */
  readonly state: 'up' | 'left out' | 'could not be built' | 'did not start';
  /** Why it is not up. */
  readonly reason?: string;
  /** How long the build took; undefined: it was kept, or there is none. */
  readonly buildMs?: number | undefined;
  readonly passed: number;
  /** Of those that passed, how many did so by failing as their title says. */
  readonly expectedToFail: number;
  readonly failed: number;
}

/** What a title of an `it.fails` says of the fault in the product that is still to be mended. */
const EXPECTED_TO_FAIL = '(expected to fail: ';

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
}

/** Counts a part's journeys in vitest's JSON report. A file that could not be run counts as one that failed. */
export function countJourneys(
  reportFile: string,
  folder: string,
): Pick<PartResult, 'passed' | 'expectedToFail' | 'failed'> {
  if (!existsSync(reportFile)) return { passed: 0, expectedToFail: 0, failed: 1 };
  const { testResults } = JSON.parse(readFileSync(reportFile, 'utf8')) as VitestReport; // vitest's own format
  const files = testResults.filter(({ name }) => name.startsWith(folder + path.sep));
  const journeys = files.flatMap(({ assertionResults }) => assertionResults);
  const passed = journeys.filter(({ status }) => status === 'passed');
  const broken = files.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((journey) => journey.status !== 'failed'),
  );
  return {
    passed: passed.length,
    expectedToFail: passed.filter(({ title }) => title.includes(EXPECTED_TO_FAIL)).length,
    failed: journeys.length - passed.length + broken.length,
  };
}

/** The table that ends a run. */
export function showResults(results: readonly PartResult[]): string {
  const table = new Table({
    head: ['part', 'version', 'build', 'journeys', 'passed', 'failed', 'left out, or why it failed'],
    style: { head: [], border: [] },
    colWidths: [null, null, null, null, null, null, 60],
    wordWrap: true,
  });
  for (const { part, version, state, reason = '', buildMs, passed, expectedToFail, failed } of results) {
    const isUp = state === 'up';
    const build = buildMs === undefined ? 'kept' : `${Math.round(buildMs / 1000)} s`;
    const counts = isUp ? [passed + failed, passed, failed] : ['', '', state === 'left out' ? '' : 1];
    const marked = expectedToFail === 0 ? '' : `${expectedToFail} of those passed by failing as expected`;
    table.push([part, version, isUp ? build : '', ...counts, isUp ? marked : `${state}: ${reason.slice(-600)}`]);
  }
  return table.toString();
}
