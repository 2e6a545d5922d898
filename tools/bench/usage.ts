import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used so far; NaN where the system does not tell (Linux does). */
export interface Usage {
  /** CPU time of all its threads; of those that have ended only in whole hundredths of a second. */
  readonly cpuMs: number;
  /** Its largest resident set. */
  readonly peakBytes: number;
}

const TICK_MS = 10; // USER_HZ is 100 on every Linux that Node runs on

/** Reads another process's usage from outside, which costs that process nothing: Linux `/proc/<pid>`. */
export function readUsage(pid: number): Usage {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const nanoseconds = threads.map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
    );
    const ticks = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []; // proc(5): utime and stime are fields 14 and 15
    const cpuMs = Math.max(
      nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6,
      (Number(ticks[11]) + Number(ticks[12])) * TICK_MS,
    );
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return { cpuMs, peakBytes: Number(peak?.[1]) * 1024 };
  } catch {
    return { cpuMs: Number.NaN, peakBytes: Number.NaN };
  }
}
