import { measureStart, type Start } from './measure-start.ts';
import { NEAR, type Exchange, type Platform } from './platform.ts';
import { countRoundTrips } from './watch-exchanges.ts';
import { median } from './samples.ts';
import { listVariants, startIssuer } from './variants.ts';

const ROUNDS = 15;
const TRACED = 5;
const DISTANCE_MS = 50;

/** One variant's medians. */
export interface ColdRow {
  readonly name: string;
  readonly openMs: number;
  readonly answeredMs: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
}

/** A stretch of our start, ms after the spawn. */
export interface Phase {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export interface Cold {
  readonly rounds: number;
  readonly rows: readonly ColdRow[];
  readonly phases: readonly Phase[];
  readonly figures: {
    readonly ratio_to_floor: number;
    readonly ratio_to_bare: number;
    readonly ratio_to_naive: number;
    readonly ratio_to_express: number;
    /** What verifying the caller adds: code, the issuer's description and its keys, one signature. */
    readonly verified_ratio_to_ours: number;
    readonly verified_cpu_ratio_to_ours: number;
    readonly cpu_ratio_to_floor: number;
    readonly memory_ratio_to_floor: number;
    readonly round_trips: number;
  };
}

/**
 * Process start to first event answered, with configuration, discovery and call: each variant once per round, in turn,
 * so that what else the machine does hits all alike. The first round warms the disk cache and is not counted.
 */
export async function benchCold(platform: Platform, progress: (step: string) => void): Promise<Cold> {
  const issuer = await startIssuer();
  const variants = await listVariants(issuer);
  const { env } = await platform.set(NEAR);
  const starts = Object.values(variants).map((variant) => ({ variant, seen: [] as Start[] }));
  for (let round = 0; round <= ROUNDS; round++) {
    progress(`cold ${round}/${ROUNDS}`);
    const first = round % starts.length; // no variant always follows the same one
    for (const { variant, seen } of [...starts.slice(first), ...starts.slice(0, first)]) {
      const start = await measureStart(variant, env);
      if (round > 0) seen.push(start);
    }
  }
  issuer.close();
  const rows = starts.map(({ variant, seen }) => toRow(variant.name, seen));
  const [floor, bare, ours, verified, express, naive] = rows as [ColdRow, ColdRow, ColdRow, ColdRow, ColdRow, ColdRow]; // in the order of the variants
  progress('cold, phases and round trips');
  const phases = await tracePhases(platform, variants.ours);
  const roundTrips = await traceRoundTrips(platform, variants.ours);
  const figures = {
    ratio_to_floor: ours.answeredMs / floor.answeredMs,
    ratio_to_bare: ours.answeredMs / bare.answeredMs,
    ratio_to_naive: ours.answeredMs / naive.answeredMs,
    ratio_to_express: ours.answeredMs / express.answeredMs,
    verified_ratio_to_ours: verified.answeredMs / ours.answeredMs,
    verified_cpu_ratio_to_ours: verified.cpuMs / ours.cpuMs,
    cpu_ratio_to_floor: ours.cpuMs / floor.cpuMs,
    memory_ratio_to_floor: ours.peakBytes / floor.peakBytes,
    round_trips: roundTrips,
  };
  return { rounds: ROUNDS, rows, phases, figures };
}

function toRow(name: string, starts: readonly Start[]): ColdRow {
  const of = (key: 'openMs' | 'answeredMs' | 'cpuMs' | 'peakBytes'): number =>
    median(starts.map((start) => start[key]));
  return { name, openMs: of('openMs'), answeredMs: of('answeredMs'), cpuMs: of('cpuMs'), peakBytes: of('peakBytes') };
}

type Ours = Parameters<typeof measureStart>[0];

/** Our start phase by phase, as the proxy in front of Nacos and the backend sees it. */
async function tracePhases(platform: Platform, ours: Ours): Promise<Phase[]> {
  const { env } = await platform.set({ ...NEAR, distanceMs: 0 });
  const traces: Phase[][] = [];
  for (let round = 0; round < TRACED; round++) {
    await platform.takeExchanges();
    const start = await measureStart(ours, env);
    traces.push(toPhases(start, await platform.takeExchanges()));
  }
  return (traces[0] ?? []).map(({ name }, at) => ({
    name,
    from: median(traces.map((one) => one[at]?.from ?? Number.NaN)),
    to: median(traces.map((one) => one[at]?.to ?? Number.NaN)),
  }));
}

/** At a distance, requests that do not wait for one another overlap, so what does not is a sequence. */
async function traceRoundTrips(platform: Platform, ours: Ours): Promise<number> {
  const { env } = await platform.set({ ...NEAR, distanceMs: DISTANCE_MS });
  await platform.takeExchanges();
  await measureStart(ours, env);
  return countRoundTrips(await platform.takeExchanges());
}

function toPhases({ spawnedAt, openMs, answeredMs }: Start, exchanges: readonly Exchange[]): Phase[] {
  const span = (name: string, matches: (exchange: Exchange) => boolean): Phase => {
    const found = exchanges.filter(matches);
    const from = Math.min(...found.map(({ startedAt }) => startedAt)) - spawnedAt;
    return { name, from, to: Math.max(...found.map(({ endedAt }) => endedAt)) - spawnedAt };
  };
  const config = span('configuration', ({ what }) => what.includes('/cs/'));
  return [
    { name: 'process to first request', from: 0, to: config.from },
    config,
    span('instances', ({ what }) => what.includes('/ns/')),
    span('gRPC connection', ({ what }) => what === 'connection'),
    span('RPC', ({ what }) => what === 'call'),
    { name: 'process to open port', from: 0, to: openMs },
    { name: 'open port to answer', from: openMs, to: answeredMs },
  ];
}
