import { startFunction } from '../../tools/stack/function-process.ts';
import type { Check } from './check.ts';
import { OBSERVABLE, observeProcess, type Usage } from './observe-process.ts';
import { describeEndings, sendTick } from './send-event.ts';
import { startSoakPlatform, TASK } from './soak-platform.ts';

const START_MS = Date.parse('2026-01-01T00:00:00Z');
const MOST_KB_PER_EVENT = 1; // the guard remembers the run keys of the last 10,000
const SLACK_MB = 1;
const KEPT_CONNECTIONS = 4; // to Nacos, which is asked two things at once and closes what rests

/** So many ticks, one after the other, through one process: each is done and called once, and nothing grows. */
export async function checkFlat(appDir: string, events: number): Promise<Check> {
  const platform = await startSoakPlatform();
  const fn = await startFunction({ task: TASK, appDir, env: { ...platform.env, ...OBSERVABLE, LOG_LEVEL: 'error' } });
  const endings: string[] = [];
  const sendUntil = async (count: number): Promise<Usage> => {
    while (endings.length < count) endings.push(await sendTick(fn.url, new Date(START_MS + endings.length * 60_000)));
    return observeProcess(fn);
  };
  const half = await sendUntil(Math.ceil(events / 2));
  const whole = await sendUntil(events);
  const exit = await fn.stop();
  await platform.close();

  const rpcs = platform.backend.calls.count();
  const isEachDone = rpcs === events && endings.every((ending) => ending === 'done: done');
  const grownMb = whole.heapMb - half.heapMb;
  const mostMb = SLACK_MB + (MOST_KB_PER_EVENT * events) / 2 / 1000;
  const grown = Math.max(whole.handles - half.handles, (whole.sockets ?? 0) - (half.sockets ?? 0));
  return {
    name: 'flat',
    figures: `${events} events: ${describeEndings(endings)}; ${rpcs} RPCs; half way ${describeUsage(half)}; at the end ${describeUsage(whole)}`,
    broken: [
      ...(isEachDone ? [] : [`expected ${events} done and as many RPCs`]),
      ...(exit === 0 ? [] : [`expected exit status 0, got ${exit}`]),
      ...(grownMb <= mostMb
        ? []
        : [`the heap grew by ${grownMb.toFixed(1)} MB, expected at most ${mostMb.toFixed(1)}`]),
      ...(grown <= KEPT_CONNECTIONS ? [] : [`${grown} handles or sockets were left open`]),
    ],
  };
}

const describeUsage = ({ heapMb, handles, sockets = NaN }: Usage): string =>
  `${heapMb.toFixed(1)} MB of heap, ${handles} handles, ${sockets} sockets`;
