import { setTimeout as pause } from 'node:timers/promises';
import { startFunction, type FunctionProcess } from '../../tools/stack/function-process.ts';
import type { Check } from './check.ts';
import { describeEndings, sendTick } from './send-event.ts';
import { startSoakPlatform, TASK } from './soak-platform.ts';

const WITHIN_MS = 1000;
const START_MS = Date.parse('2026-01-01T00:00:00Z');
/** Two documents and one list of instances, each asked in both versions of the API by a process that knows neither. */
const QUESTIONS = 6;
const FAILING = 50;
const ATTEMPTS = 6; // as many as a PingSource makes

/**
 * Processes that start within one second, as at the top of an hour, against one Nacos whose first answers fail: each makes
 * its one call, and none asks a question more than twice.
 */
export async function checkBurst(appDir: string, processes: number): Promise<Check> {
  const platform = await startSoakPlatform();
  await platform.nacos.faults.set('500', { times: Math.min(FAILING, processes) });
  let attempts = 0;
  const endings = await Promise.all(
    Array.from({ length: processes }, async (_, index) => {
      await pause((index / processes) * WITHIN_MS);
      const env = { ...platform.env, RUN_BUDGET: '100s' };
      const fn = await startAt(() => startFunction({ task: TASK, appDir, env }));
      const endings: string[] = [];
      while (endings.length < ATTEMPTS && endings.at(-1) !== 'done: done') {
        endings.push(await sendTick(fn.url, new Date(START_MS + index * 60_000)));
      }
      attempts += endings.length;
      const exit = await fn.stop();
      return exit === 0 ? (endings.at(-1) ?? '') : `exit status ${exit}`;
    }),
  );
  const requests = platform.nacos.requests.list();
  const failed = requests.filter(({ status }) => status === 500).length;
  const busiest = Math.max(
    0,
    ...[...Map.groupBy(requests, ({ at }) => Math.floor(at / 100)).values()].map(({ length }) => length),
  );
  const most = 2 * attempts * QUESTIONS; // each question twice at most
  const rpcs = platform.backend.calls.count();
  await platform.close();
  return {
    name: 'burst',
    figures: `${processes} processes, ${attempts} requests: ${describeEndings(endings)}; ${requests.length} requests to Nacos (${(requests.length / processes).toFixed(1)} a process, ${failed} answered 500, at most ${busiest} in 100 ms); ${rpcs} RPCs`,
    broken: [
      ...(endings.every((ending) => ending === 'done: done') && rpcs === processes
        ? []
        : [`expected ${processes} done and as many RPCs`]),
      ...(requests.length <= most ? [] : [`expected at most ${most} requests to Nacos, got ${requests.length}`]),
    ],
  };
}

/** Among so many connections another may take the port that was free a moment ago: then the process has ended already. */
async function startAt(start: () => Promise<FunctionProcess>): Promise<FunctionProcess> {
  for (;;) {
    const fn = await start().catch(() => undefined);
    const isOver = fn === undefined || (await Promise.race([fn.ended, pause(0, 'alive')])) !== 'alive';
    if (fn !== undefined && !isOver) return fn;
  }
}
