import { measureStart } from './measure-start.ts';
import { NEAR, type BenchEnv, type Platform } from './platform.ts';
import { countRoundTrips } from './watch-exchanges.ts';
import { median } from './samples.ts';
import { imageVariant } from './variants.ts';

const ROUNDS = 5;
const [NEAREST_MS, MIDDLE_MS, FAREST_MS] = [1, 10, 50];
const ENVIRONMENTS: readonly { name: string; benchEnv: BenchEnv }[] = [
  ...[2, 8, 64].map((documents) => ({
    name: `${documents} data IDs`,
    benchEnv: { ...NEAR, documents, distanceMs: MIDDLE_MS },
  })),
  ...[1, 100, 1000, 10_000].map((instances) => ({
    name: `${instances} instances`,
    benchEnv: { ...NEAR, instances, distanceMs: MIDDLE_MS },
  })),
  ...[NEAREST_MS, MIDDLE_MS, FAREST_MS].map((distanceMs) => ({
    name: `${distanceMs} ms to Nacos and backend`,
    benchEnv: { ...NEAR, distanceMs },
  })),
];

export interface GrowthRow {
  readonly name: string;
  readonly answeredMs: number;
  /** Requests that had to wait for the answer of another: config, instances, RPC. */
  readonly roundTrips: number;
  readonly requests: number;
}

export interface Growth {
  readonly rows: readonly GrowthRow[];
  readonly figures: {
    /** What one ms of distance adds to a cold start: the round trips with the handshakes of TCP and HTTP/2. */
    readonly wire_round_trips: number;
    readonly ms_at_64_documents: number;
    readonly ms_at_10000_instances: number;
  };
}

/** How a cold start grows with documents, instances and distance; in turn. By default Nacos and the backend are 10 ms away. */
export async function benchGrowth(platform: Platform, progress: (step: string) => void): Promise<Growth> {
  const variant = imageVariant();
  const seen = ENVIRONMENTS.map(({ name }) => ({ name, times: [] as number[], roundTrips: Infinity, requests: 0 }));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [at, { name, benchEnv }] of ENVIRONMENTS.entries()) {
      progress(`growth ${round}/${ROUNDS}, ${name}`);
      const { env } = await platform.set(benchEnv);
      await platform.takeExchanges();
      const { answeredMs } = await measureStart(variant, env);
      const exchanges = await platform.takeExchanges();
      const row = seen[at];
      if (round === 0 || row === undefined) continue; // the first round warms the disk cache
      row.times.push(answeredMs);
      row.roundTrips = Math.min(row.roundTrips, countRoundTrips(exchanges));
      row.requests = exchanges.filter(({ what }) => what !== 'connection').length;
    }
  }
  const rows = seen.map(({ name, times, roundTrips, requests }) => ({
    name,
    answeredMs: median(times),
    roundTrips,
    requests,
  }));
  const at = (name: string): number => rows.find((row) => row.name.startsWith(name))?.answeredMs ?? Number.NaN;
  const figures = {
    wire_round_trips: (at(`${FAREST_MS} ms`) - at(`${NEAREST_MS} ms`)) / (FAREST_MS - NEAREST_MS),
    ms_at_64_documents: at('64 data'),
    ms_at_10000_instances: at('10000 inst'),
  };
  return { rows, figures };
}
