import { startFunction } from '../stack/function-process.ts';

/** One process of a function, from its start to its end. */
export interface Pod {
  readonly pid: number;
  readonly url: string;
  /** What it has written that is no log line: why it ended, when it should not have. */
  output(): string;
  /** SIGTERM, and waits until it has finished what it does. */
  drain(): Promise<void>;
  readonly ended: Promise<unknown>;
}

export interface PodOptions {
  readonly task: string;
  readonly env: Readonly<Record<string, string>>;
  readonly appDir: string;
  readonly root: string;
  readonly onLine: (line: Record<string, unknown>) => void;
}

/** Starts a process of the bundle as the image does; resolves when its port is open. Each log line is reported once. */
export async function startPod(options: PodOptions): Promise<Pod> {
  const fn = await startFunction({ ...options, host: 'image' });
  return {
    pid: fn.pid,
    url: fn.url,
    ended: fn.ended,
    output: () =>
      fn
        .output()
        .split('\n')
        .filter((line) => !line.startsWith('{'))
        .join('\n')
        .trim(),
    drain: async () => {
      await fn.stop();
    },
  };
}
