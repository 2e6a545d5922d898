import { readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FunctionProcess } from '../../tools/stack/function-process.ts';

/** What a process holds when it rests. */
export interface Usage {
  /** V8's heap in use after a collection. */
  readonly heapMb: number;
  /** What keeps Node's event loop up: sockets, servers, timers. */
  readonly handles: number;
  /** As Linux counts them in /proc; undefined on another system. */
  readonly sockets: number | undefined;
}

/** The environment that makes a process observable. */
export const OBSERVABLE = { NODE_OPTIONS: `--require=${path.join(import.meta.dirname, 'observe.cjs')}` };

const REST_MS = 5500; // the limits of the last runs, timers of 5 s, let go of them

/** Lets the process rest and looks into it; it must have been started as `OBSERVABLE`. */
export async function observeProcess(fn: FunctionProcess): Promise<Usage> {
  await pause(REST_MS);
  const before = observations(fn).length;
  process.kill(fn.pid, 'SIGUSR2');
  while (observations(fn).length === before) await pause(10);
  const { heapMb, handles } = JSON.parse(observations(fn).at(-1) ?? '{}') as { heapMb: number; handles: number }; // written by observe.cjs
  return { heapMb, handles, sockets: countSockets(fn.pid) };
}

const observations = (fn: FunctionProcess): string[] =>
  [...fn.output().matchAll(/^observed (.+)$/gm)].map(([, json = '']) => json);

function countSockets(pid: number): number | undefined {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).filter((fd) => readlinkSync(path.join(folder, fd)).startsWith('socket:')).length;
  } catch {
    return undefined;
  }
}
