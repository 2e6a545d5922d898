import { setTimeout as pause } from 'node:timers/promises';
import { seeded } from '../../tools/stack/backends/rows.ts';
import { startFunction } from '../../tools/stack/function-process.ts';
import type { Check } from './check.ts';
import { describeEndings, sendTick } from './send-event.ts';
import { startSoakPlatform, TASK } from './soak-platform.ts';

const PER_SECOND = 200;
const PROCESSES = 8; // a run takes a few ms, and a tick that meets another run of its process is skipped
const UNAVAILABLE_SHARE = 0.05;
const START_MS = Date.parse('2026-01-01T00:00:00Z');

/**
 * 200 ticks a second, each of a slot of its own, to eight processes whose backend answers 5 % UNAVAILABLE: every event is
 * answered, ticks that met another run are skipped, and every other one is exactly one RPC.
 */
export async function checkRate(appDir: string, durationMs: number, seed: number): Promise<Check> {
  const platform = await startSoakPlatform();
  const env = { ...platform.env, LOG_LEVEL: 'error' };
  const fns = await Promise.all(Array.from({ length: PROCESSES }, () => startFunction({ task: TASK, appDir, env })));
  const urlOf = (index: number): string => fns[index % PROCESSES]?.url ?? '';
  const random = seeded('rate', seed);
  platform.backend.faults.take = () =>
    random() < UNAVAILABLE_SHARE ? { kind: 'status', code: 'UNAVAILABLE' } : undefined; // the script of faults knows no share
  const answers: Promise<string>[] = [];
  const events = Math.round((durationMs / 1000) * PER_SECOND);
  const startedAt = performance.now();
  while (answers.length < events) {
    const due = Math.min(events, Math.floor(((performance.now() - startedAt) / 1000) * PER_SECOND));
    while (answers.length < due)
      answers.push(sendTick(urlOf(answers.length), new Date(START_MS + answers.length * 60_000)));
    await pause(1);
  }
  const endings = await Promise.all(answers);
  const seconds = (performance.now() - startedAt) / 1000;
  const exits = await Promise.all(fns.map((fn) => fn.stop()));
  await platform.close();

  const count = (wanted: string): number => endings.filter((ending) => ending === wanted).length;
  const [done, unavailable, skipped] = [count('done: done'), count('unavailable: backend'), count('skipped: overlap')];
  const calls = platform.backend.calls.all();
  const refused = calls.filter(({ outcome }) => outcome === 'UNAVAILABLE').length;
  const doubled = calls.length - new Set(calls.map(({ runKey }) => runKey)).size;
  return {
    name: 'rate',
    figures: `${events} events in ${seconds.toFixed(1)} s: ${describeEndings(endings)}; ${calls.length} RPCs, ${refused} of them UNAVAILABLE`,
    broken: [
      ...(done + unavailable + skipped === events
        ? []
        : [`${events} events had ${done + unavailable + skipped} expected endings`]),
      ...(calls.length === done + unavailable ? [] : [`expected ${done + unavailable} RPCs, got ${calls.length}`]),
      ...(refused === unavailable ? [] : [`${refused} refusals were told to ${unavailable} senders`]),
      ...(doubled === 0 ? [] : [`${doubled} run keys were called twice`]),
      ...(exits.every((exit) => exit === 0) ? [] : [`expected exit status 0, got ${exits.join(', ')}`]),
    ],
  };
}
