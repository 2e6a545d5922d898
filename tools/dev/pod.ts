import { startFunction, type FunctionProcess } from '../platform/function-process.ts';

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

const POLL_MS = 20;

/** Starts a process of the bundle as the image does; resolves when its port is open. Each log line is reported once. */
export async function startPod({ onLine, ...options }: PodOptions): Promise<Pod> {
  const fn = await startFunction({ ...options, host: 'image' });
  const report = follow(fn, onLine);
  const timer = setInterval(report, POLL_MS);
  const ended = fn.ended.finally(() => {
    clearInterval(timer);
    report();
  });
  return {
    pid: fn.pid,
    url: fn.url,
    ended,
    output: () =>
      fn
        .output()
        .split('\n')
        .filter((line) => !line.startsWith('{'))
        .join('\n')
        .trim(),
    drain: async () => {
      await fn.stop('SIGTERM');
      await ended;
    },
  };
}

/** Reads the lines written since the last call, whole ones only. */
function follow(fn: FunctionProcess, onLine: (line: Record<string, unknown>) => void): () => void {
  let read = 0;
  return () => {
    const output = fn.output();
    const end = output.lastIndexOf('\n') + 1;
    if (end <= read) return;
    const lines = output.slice(read, end).split('\n');
    read = end;
    for (const line of lines) if (line.startsWith('{')) onLine(JSON.parse(line) as Record<string, unknown>); // our own log lines are JSON objects
  };
}
