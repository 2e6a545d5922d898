import { setTimeout as pause } from 'node:timers/promises';

/** One piece of load: when it was sent does not depend on when others are answered. */
export interface Sample {
  readonly ms: number;
  /** False when the answer was a refusal. */
  readonly isDone: boolean;
}

/** Sends at a steady rate, open loop, for so many seconds, and waits for all answers. `send` tells whether work was done. */
export async function sendSteadily(
  perSecond: number,
  seconds: number,
  send: () => Promise<boolean>,
): Promise<Sample[]> {
  const startedAt = performance.now();
  const samples: Promise<Sample>[] = [];
  for (let n = 0; n < perSecond * seconds; n++) {
    const waitMs = startedAt + (n * 1000) / perSecond - performance.now();
    if (waitMs > 0) await pause(waitMs);
    const sample = timed(send);
    sample.catch(() => {}); // heard of when all are waited for
    samples.push(sample);
  }
  return Promise.all(samples);
}

/** Sends one after the other without a pause; what comes out is the rate at which nothing overlaps. */
export async function sendInTurn(
  seconds: number,
  send: () => Promise<boolean>,
): Promise<{ perSecond: number; samples: Sample[] }> {
  const startedAt = performance.now();
  const samples: Sample[] = [];
  while (performance.now() - startedAt < seconds * 1000) samples.push(await timed(send));
  const done = samples.filter(({ isDone }) => isDone).length;
  return { perSecond: (done * 1000) / (performance.now() - startedAt), samples };
}

async function timed(send: () => Promise<boolean>): Promise<Sample> {
  const sentAt = performance.now();
  const isDone = await send();
  return { ms: performance.now() - sentAt, isDone };
}

/** The q-quantile (0 to 1) by linear interpolation; NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
