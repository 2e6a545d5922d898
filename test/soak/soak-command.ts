import path from 'node:path';
import { parseArgs } from 'node:util';
import colors from 'picocolors';
import { DURATION_FORM, parseDuration } from '../../functions/runtime/duration.ts';
import { buildApp } from '../../tools/build/build.ts';
import { ROOT } from '../../tools/project.ts';
import { checkBurst } from './burst.ts';
import type { Check } from './check.ts';
import { runDay } from './day.ts';
import { checkFlat } from './flat.ts';
import { checkRate } from './rate.ts';

const options = {
  duration: { type: 'string', default: '60s' },
  seed: { type: 'string', default: '1' },
  events: { type: 'string', default: '10000' },
  processes: { type: 'string', default: '100' },
  ticks: { type: 'string', default: '144' },
} as const;

/**
 * `make soak`: the load and the day that are too long for `make test`. Exit status 0 only if nothing was lost or doubled and
 * nothing grew; 1 if something was, 2 on wrong arguments. The last line on standard output is the figures as JSON.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  const durationMs = parseDuration(values.duration || options.duration.default);
  if (durationMs === undefined || durationMs < 1000)
    return complain(`DURATION: expected ${DURATION_FORM}, at least 1s, got ${JSON.stringify(values.duration)}`);
  const count = (name: 'seed' | 'events' | 'processes' | 'ticks'): number =>
    Number(values[name] || options[name].default);
  const [seed, events, processes, ticks] = [count('seed'), count('events'), count('processes'), count('ticks')];
  if (![seed, events, processes, ticks].every((value) => Number.isSafeInteger(value) && value > 0))
    return complain('SEED, EVENTS, PROCESSES, TICKS: expected whole numbers from 1 on');

  step('building the application');
  const appDir = path.join(ROOT, 'dist/soak-app');
  await buildApp({ root: ROOT, outDir: appDir });
  const parts: (() => Promise<Check>)[] = [
    () => checkFlat(appDir, events),
    () => checkRate(appDir, durationMs, seed),
    () => checkBurst(appDir, processes),
    ...(['PingSource', 'Broker'] as const).map((sender) => () => checkDay(sender, seed, ticks, appDir)),
  ];
  const checks: Check[] = [];
  for (const part of parts) {
    const check = await part();
    checks.push(check);
    step(`${check.name}: ${check.figures}`);
    for (const what of check.broken) console.error(colors.red(`  ${what}`));
  }
  const isWhole = checks.every(({ broken }) => broken.length === 0);
  const figures = Object.fromEntries(checks.map(({ name, figures }) => [name, figures]));
  console.log(
    JSON.stringify({
      result: isWhole ? 'nothing lost, nothing doubled' : 'broken',
      seed,
      duration: values.duration,
      ...figures,
    }),
  );
  return isWhole ? 0 : 1;
}

async function checkDay(sender: 'PingSource' | 'Broker', seed: number, ticks: number, appDir: string): Promise<Check> {
  const { broken, troubled, attempts, rpcs, done, healed } = await runDay({ sender, seed, ticks, appDir });
  const figures = `${ticks} ticks, ${troubled} troubled: ${done} done, ${healed} healed by a later window; ${attempts} requests, ${rpcs} RPCs`;
  return { name: `day of a ${sender}`, figures, broken };
}

function step(what: string): void {
  console.error(colors.dim(`· ${what}`));
}

function complain(problem: string): number {
  console.error(colors.red(problem));
  return 2;
}

process.exit(await main());
