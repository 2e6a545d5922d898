import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used so far; NaN where the system does not tell (Linux does). */
export interface Usage {
  /** CPU time of all its threads. */
  readonly cpuMs: number;
  /** Its largest resident set. */
  readonly peakBytes: number;
}

/** Reads another process's usage from outside, which costs that process nothing: Linux `/proc/<pid>`. */
export function readUsage(pid: number): Usage {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const nanoseconds = threads.map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
    );
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return { cpuMs: nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6, peakBytes: Number(peak?.[1]) * 1024 };
  } catch {
    return { cpuMs: Number.NaN, peakBytes: Number.NaN };
  }
}
