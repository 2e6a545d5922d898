import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Exchange, PlatformRequest, BenchEnv, BenchAddresses } from './bench-env.ts';

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
