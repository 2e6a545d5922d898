import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

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

/** Nacos and a backend in another process. Ask one thing at a time. */
export interface Platform {
  set(benchEnv: BenchEnv): Promise<BenchAddresses>;
  /** What passed the proxies since the last time; an exchange that got no answer is left out. */
  takeExchanges(): Promise<Exchange[]>;
  close(): void;
}

export async function startPlatform(): Promise<Platform> {
  const child = fork(path.join(import.meta.dirname, 'platform-process.ts'), { serialization: 'advanced' });
  await once(child, 'message');
  async function ask(request: PlatformRequest): Promise<unknown> {
    child.send(request);
    const [answer] = (await once(child, 'message')) as unknown[];
    return answer;
  }
  return {
    set: async (benchEnv) => (await ask({ set: benchEnv })) as BenchAddresses, // the process's one answer to it
    takeExchanges: async () => {
      const exchanges = (await ask({ take: 'exchanges' })) as Exchange[]; // the process's one answer to it
      return exchanges.filter(({ endedAt }) => !Number.isNaN(endedAt));
    },
    close: () => child.disconnect(),
  };
}
