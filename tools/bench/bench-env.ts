/** What stands around a function in one measurement. */
export interface BenchEnv {
  /** Data IDs to read, at least 2: the two of `tools/stack/documents`, the rest small ones of the bench. */
  readonly documents: number;
  /** Registered instances of the backend; all lead to the same one. */
  readonly instances: number;
  /** Round-trip time to Nacos and to the backend in ms; undefined: no proxy in between. */
  readonly distanceMs: number | undefined;
}

/** Everything near and small: what a function meets in a quiet cluster. */
export const NEAR: BenchEnv = { documents: 2, instances: 1, distanceMs: undefined };

/** The task that the bench runs; any would do, they share all but a few lines. */
export const TASK = 'goods-onsale';

/** One request and its answer as the proxy saw them; times in ms since the epoch. */
export interface Exchange {
  readonly peer: 'nacos' | 'backend';
  readonly what: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** What an environment looks like from outside. */
export interface BenchAddresses {
  readonly env: Readonly<Record<string, string>>;
  /** `host:port` of the backend itself, without a proxy. */
  readonly backend: string;
}

export type PlatformRequest = { readonly set: BenchEnv } | { readonly take: 'exchanges' };
