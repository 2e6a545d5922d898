import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildPart } from './build-part.ts';
import { VALUES_VARIABLE, type Part, type Started } from './part.ts';
import { killAll, killGroup } from './processes.ts';
import { countJourneys, showResults, type PartResult } from './report.ts';

/*
 * Builds the real parts, starts each once, runs their journeys, and prints what came of it. Exit status 0: all journeys of
 * all parts that this machine can have passed; with CI_FORBID_SKIPS none may be left out.
 */

const ROOT = path.resolve(import.meta.dirname, '../..');
const CLEAR_LIMIT_MS = 30_000;

interface Up {
  readonly part: Part;
  readonly folder: string;
  readonly built: string;
  readonly buildMs: number | undefined;
  readonly started: Started;
}

const { values: options } = parseArgs({
  options: { part: { type: 'string' }, parts: { type: 'string' }, 'build-only': { type: 'boolean' } },
});
const partsFolder = path.resolve(options.parts ?? import.meta.dirname);
const isAllWanted = process.env['CI_FORBID_SKIPS'] === '1';
const tmp = mkdtempSync(path.join(tmpdir(), 'bi-cron-real-'));
process.env['TMPDIR'] = tmp; // of all that is started below, compilers too
const up: Up[] = [];
const results: PartResult[] = [];
let journeys: ChildProcess | undefined;
let signalled: NodeJS.Signals | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    signalled = signal;
    endJourneys();
    killAll(); // what waits for them below goes on, and clears up
    setTimeout(() => process.exit(128 + constants.signals[signal]), CLEAR_LIMIT_MS).unref();
  });
}

let vitestStatus: number | null = 0;
try {
  await startParts();
  if (up.length > 0 && !isOver()) vitestStatus = await runJourneys();
} finally {
  endJourneys();
  await Promise.allSettled(up.map(({ started }) => started.stop()));
  killAll();
  rmSync(tmp, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
if (isOver()) process.exit(128 + constants.signals[signalled ?? 'SIGTERM']);
results.sort((one, other) => one.part.localeCompare(other.part));
console.log(showResults(results));
const summary = summarise();
const reportFile = process.env['REAL_REPORT'];
if (reportFile !== undefined) writeFileSync(reportFile, JSON.stringify(summary));
process.exitCode = summary.numFailedTests === 0 ? 0 : 1;

/** A signal may have come while something was awaited. */
function isOver(): boolean {
  return signalled !== undefined;
}

/** Builds and starts each part, or notes why not. */
async function startParts(): Promise<void> {
  const names = readdirSync(partsFolder).filter((name) => existsSync(path.join(partsFolder, name, 'part.ts')));
  if (options.part && !names.includes(options.part)) {
    throw new Error(`PART: expected one of ${names.join(', ')}, got ${JSON.stringify(options.part)}`);
  }
  for (const name of names.filter((each) => !options.part || each === options.part)) {
    const folder = path.join(partsFolder, name);
    const { part } = (await import(path.join(folder, 'part.ts'))) as { part: Part }; // the one export that part.ts promises
    await startPart(part, folder);
    if (isOver()) return;
  }
}

async function startPart(part: Part, folder: string): Promise<void> {
  let state: PartResult['state'] = 'could not be built';
  const note = (reason: string): void => {
    if (!isOver()) console.error(`${part.name} ${part.version} ${state}: ${reason}`);
    results.push({ part: part.name, version: part.version, state, reason, passed: 0, expectedToFail: 0, failed: 0 });
  };
  try {
    const missing = await part.missing?.();
    if (missing !== undefined) {
      state = 'left out';
      return note(missing);
    }
    const begin = performance.now();
    const { built, isNew } = await buildPart(part, folder);
    const buildMs = isNew ? performance.now() - begin : undefined;
    console.log(`${part.name} ${part.version}: ${isNew ? 'built' : 'build kept'}`);
    if (options['build-only'] === true || isOver()) return;
    state = 'did not start';
    const data = path.join(tmp, part.name);
    mkdirSync(data);
    up.push({ part, folder, built, buildMs, started: await part.start(built, data) });
  } catch (error) {
    note(error instanceof Error ? error.message : String(error));
  }
}

/** Runs the journeys of all parts that are up. Resolves to vitest's exit status. */
async function runJourneys(): Promise<number | null> {
  const valuesFile = path.join(tmp, 'values.json');
  const values = up.map(({ part, built, started }) => [part.name, { ...started.values, built }]);
  writeFileSync(valuesFile, JSON.stringify(Object.fromEntries(values)));
  const report = path.join(tmp, 'report.json');
  const folders = up.map(({ folder }) => `${folder}${path.sep}`);
  const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', '--config', 'vitest.real.config.ts', ...folders], {
    cwd: ROOT,
    env: { ...process.env, [VALUES_VARIABLE]: valuesFile, VITEST_REPORT: report },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true, // a group of its own, which ends whole
  });
  journeys = child;
  const status = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  for (const { part, folder, buildMs } of up) {
    const { name, version } = part;
    results.push({ part: name, version, state: 'up', buildMs, ...countJourneys(report, folder) });
  }
  return status;
}

function endJourneys(): void {
  if (journeys?.pid !== undefined) killGroup(-journeys.pid);
}

/** Named as in vitest's report, so that CI can add both up. */
function summarise(): { numPassedTests: number; numFailedTests: number; parts: readonly PartResult[] } {
  const isFault = ({ state }: PartResult): boolean => state !== 'up' && (state !== 'left out' || isAllWanted);
  const failed = results.reduce((sum, result) => sum + (isFault(result) ? 1 : result.failed), 0);
  if (vitestStatus !== 0 && failed === 0) console.error(`vitest: exit status ${vitestStatus} without a failed journey`);
  return {
    numPassedTests: results.reduce((sum, { passed }) => sum + passed, 0),
    numFailedTests: failed === 0 && vitestStatus !== 0 ? 1 : failed,
    parts: results,
  };
}
