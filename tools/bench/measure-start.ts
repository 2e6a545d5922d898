import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { MANUAL_TYPE } from '../../functions/runtime/event/event-types.ts';
import { findFreePort } from '../stack/free-port.ts';
import { clock } from './delay-proxy.ts';

/** A program that serves one function on PORT. */
export interface Variant {
  readonly name: string;
  /** Arguments of Node. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What the event carries beside its own. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One start, from the spawn to the answer of the first event. */
export interface Start extends Usage {
  /** When the process was spawned, ms since the epoch. */
  readonly spawnedAt: number;
  /** From the spawn until the port was open. */
  readonly openMs: number;
  /** From the spawn until the event was answered. */
  readonly answeredMs: number;
  readonly body: string;
}

/**
 * Starts a process, knocks at its port each millisecond, and posts an event as soon as it opens, as Knative's activator
 * does. Throws when the answer is not 2xx: a start that did no work is no measurement.
 */
export async function measureStart(
  { name, args, env: own, headers }: Variant,
  env: Readonly<Record<string, string>>,
): Promise<Start> {
  const port = await findFreePort();
  const whole = { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', ...env, ...own, PORT: String(port) };
  const spawnedAt = clock();
  const child = spawn(process.execPath, args, { env: whole, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let written = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (written += chunk.toString()));
  try {
    const socket = await connectOnceOpen(port, () => child.exitCode !== null);
    const openMs = clock() - spawnedAt;
    const { status, body } = await post(socket, headers);
    const answeredMs = clock() - spawnedAt;
    if (status < 200 || status > 299) throw new Error(`expected 2xx, got ${status} ${body}`);
    return { spawnedAt, openMs, answeredMs, body, ...readUsage(child.pid ?? 0) };
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}\n${written}`, { cause: error });
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** A connection to the port once it is open, tried each millisecond. Throws when the process ends before. */
export async function connectOnceOpen(port: number, hasEnded: () => boolean): Promise<Socket> {
  while (!hasEnded()) {
    const socket = await new Promise<Socket | undefined>((resolve) => {
      const attempt = connect({ port, host: '127.0.0.1', noDelay: true });
      attempt.once('connect', () => resolve(attempt));
      attempt.once('error', () => resolve(undefined));
    });
    if (socket !== undefined) return socket;
    await pause(1);
  }
  throw new Error('expected an open port, got the end of the process');
}

function post(socket: Socket, more: Variant['headers']): Promise<{ status: number; body: string }> {
  const { headers, body } = createEvent();
  const options = { method: 'POST', path: '/', headers: { ...headers, ...more }, createConnection: () => socket };
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => (text += chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** An event of its own run key, in binary mode as a PingSource sends it; JSON data, without which the framework's `cloudevent` signature answers 500. */
export function createEvent(): { headers: Record<string, string | number>; body: string } {
  const body = '{}';
  const headers = {
    host: 'bench.bi-cron.svc.cluster.local',
    'ce-specversion': '1.0',
    'ce-id': randomUUID(),
    'ce-source': '/bi-cron/bench',
    'ce-type': MANUAL_TYPE,
    'ce-time': new Date().toISOString(),
    'content-type': 'application/json',
    'content-length': body.length,
  };
  return { headers, body };
}

/** What a process has used so far; NaN where the system does not tell (Linux does). */
interface Usage {
  /** CPU time of all its threads; of those that have ended only in whole hundredths of a second. */
  readonly cpuMs: number;
  /** Its largest resident set. */
  readonly peakBytes: number;
}

const TICK_MS = 10; // USER_HZ is 100 on every Linux that Node runs on

/** Reads another process's usage from outside, which costs that process nothing: Linux `/proc/<pid>`. */
function readUsage(pid: number): Usage {
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
