import { CloudEvent } from 'cloudevents';
import { MANUAL_TYPE, PING_TYPE } from '../../functions/runtime/event/event-types.ts';
import { nextRuns, parseSchedule } from '../../tools/manifests/schedule.ts';
import { seeded } from '../../tools/stack/backends/rows.ts';
import { startFunction, type FunctionProcess } from '../../tools/stack/function-process.ts';
import { createBroker } from '../../tools/stack/senders/broker.ts';
import type { Delivery } from '../../tools/stack/senders/delivery.ts';
import { createPingSource } from '../../tools/stack/senders/ping-source.ts';
import { pickWeighted } from './draw.ts';
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { judgeDay, type DayReport, type Sent } from './judge-day.ts';
import { startSoakPlatform, TASK, type SoakPlatform } from './soak-platform.ts';
import { SCENARIOS, type TestEnv, type FaultScenario } from './fault-scenarios.ts';

export interface DayOptions {
  readonly sender: 'PingSource' | 'Broker';
  /** The same seed brings the same troubles to the same ticks. */
  readonly seed: number;
  /** 144 is a day of increment-order's schedule. */
  readonly ticks: number;
  readonly appDir: string;
}

const SCHEDULE = parseSchedule('3-59/10 * * * *', 'Asia/Shanghai');
const DAWN = new Date('2026-11-20T16:00:00Z');
const noWait = (): Promise<void> => Promise.resolve();
const IMPATIENT_MS = 60;

/**
 * Sends the ticks of a day, one after the other without the waits between them, to one real function process, with random
 * troubles; the last tick is left in peace, since it is what heals its predecessors. Then counts.
 */
export async function runDay({ sender, seed, ticks, appDir }: DayOptions): Promise<DayReport> {
  const random = seeded('day', sender, seed);
  const platform = await startSoakPlatform();
  const proxy = await openTcpProxy(0);
  const process = createProcess(platform, proxy, appDir);
  const sent: Sent[] = [];
  const slots = nextRuns(SCHEDULE, DAWN, ticks);
  let trouble: FaultScenario | undefined;
  let left = 0;
  for (const [index, slot] of slots.entries()) {
    await platform.heal();
    await process.ready();
    const isLast = index === slots.length - 1;
    if (isLast) trouble = undefined;
    else if (left === 0) trouble = pickWeighted(SCENARIOS, random);
    left = left === 0 ? (trouble?.lasts?.(random) ?? 0) : left - 1;
    await trouble?.begin?.({ platform, ...process }, random);
    const deliveries = await fire(slot, trouble?.firing, sender, `http://${proxy.address}/`);
    sent.push({ slot, trouble: trouble?.name ?? 'none', deliveries });
  }
  await platform.backend.calls.idle();
  await process.end('SIGTERM');
  proxy.close();
  await platform.close();
  return judgeDay({ sender, seed, sent, calls: platform.backend.calls.all(), works: platform.works });
}

function fire(
  slot: Date,
  firing: FaultScenario['firing'],
  sender: DayOptions['sender'],
  sink: string,
): Promise<Delivery[]> {
  const send = (more: { requestTimeoutMs?: number } = {}): Promise<Delivery> => {
    if (sender === 'PingSource')
      return createPingSource({ name: TASK, sink, sleep: noWait, random: () => 0, ...more }).tick(slot);
    const delivery = {
      retry: 5,
      backoffPolicy: 'linear',
      backoffDelay: 'PT0.1S',
      ...(more.requestTimeoutMs === undefined
        ? {}
        : { timeout: `PT0.${String(more.requestTimeoutMs).padStart(3, '0')}S` }),
    } as const;
    const source = `/apis/v1/namespaces/default/pingsources/${TASK}`;
    return createBroker({ sink, delivery, sleep: noWait }).deliver(
      new CloudEvent({ type: PING_TYPE, source, time: slot.toISOString() }),
    );
  };
  const manual = (): Promise<Delivery> =>
    createBroker({ sink, delivery: { retry: 0 }, sleep: noWait }).deliver(
      new CloudEvent({ type: MANUAL_TYPE, source: '/people/lin', time: slot.toISOString() }),
    );
  switch (firing) {
    case 'never':
      return Promise.resolve([]);
    case 'twice at once':
      return Promise.all([send(), send()]);
    case 'twice':
      return send().then(async (first) => [first, await send()]);
    case 'with a manual event':
      return Promise.all([send(), manual()]);
    case 'by an impatient sender':
      return send({ requestTimeoutMs: IMPATIENT_MS }).then((only) => [only]);
    case undefined:
      return send().then((only) => [only]);
  }
}

interface Process extends Omit<TestEnv, 'platform'> {
  /** Resolves when a process is behind the proxy, a new one if need be. */
  ready(): Promise<void>;
}

function createProcess(platform: SoakPlatform, proxy: TcpProxy, appDir: string): Process {
  let fn: FunctionProcess | undefined;
  const end = async (signal: NodeJS.Signals): Promise<unknown> => {
    const ended = fn?.stop(signal);
    fn = undefined;
    return ended;
  };
  return {
    end,
    endInCall: (signal) => void platform.backend.calls.next().then(() => end(signal)),
    ready: async () => {
      fn ??= await startFunction({ task: TASK, appDir, env: platform.env });
      proxy.pointTo(Number(new URL(fn.url).port));
    },
  };
}
