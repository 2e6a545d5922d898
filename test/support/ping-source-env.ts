import { createPingSource, type PingSourceOptions } from '../../tools/stack/senders/ping-source.ts';
import type { Delivery } from '../../tools/stack/senders/delivery.ts';
import { startSink, type SinkAnswer, type RecordedRequest } from './recording-sink.ts';

export const TICK = new Date('2026-11-22T05:40:00Z');

export interface Fired {
  readonly delivery: Delivery;
  readonly requests: readonly RecordedRequest[];
  /** What the source asked to wait: the jitter first, then the backoff. */
  readonly waitsMs: readonly number[];
}

/** For tests: one tick of a PingSource that never really waits, to a sink that answers as told. */
export async function fire(
  answer: (n: number) => SinkAnswer,
  options: Partial<PingSourceOptions> = {},
): Promise<Fired> {
  const sink = await startSink(answer);
  const waitsMs: number[] = [];
  const sleep = async (ms: number): Promise<void> => void waitsMs.push(ms);
  const source = createPingSource({ name: 'goods-onsale', sink: sink.url, sleep, random: () => 0, ...options });
  return { delivery: await source.tick(TICK), requests: sink.requests, waitsMs };
}
