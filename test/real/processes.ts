import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { VALUES_VARIABLE } from './part.ts';

const running = new Set<ChildProcess>();
/** Each in a group of its own, which can be ended whole; those of journeys are in the group of vitest, for the same end. */
const detached = process.env[VALUES_VARIABLE] === undefined;

export interface ProcessOptions {
  readonly cwd?: string;
  /** Beside this process's own variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that serves until it is stopped. */
export interface Server {
  readonly pid: number;
  /** Resolves when the program has ended, for whatever reason. */
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  /** Sends the signal, SIGTERM if none is given, and waits for the end; after 10 s by SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** The end of what it wrote. */
  log(): string;
}

const KILL_AFTER_MS = 10_000;
const SHOWN = 4000;

/** Starts a program whose output goes to a file. */
export function startServer(
  command: string,
  args: readonly string[],
  logFile: string,
  options: ProcessOptions = {},
): Server {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { ...withEnv(options), detached, stdio: ['ignore', log, log] });
  closeSync(log);
  running.add(child);
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      isOver = true;
      running.delete(child);
      resolve();
    };
    child.once('exit', end).once('error', end);
  });
  return {
    pid: child.pid ?? 0,
    ended,
    hasEnded: () => isOver,
    log: () => readFileSync(logFile, 'utf8').slice(-SHOWN),
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Resolves once `look` no longer throws. Rejects, with the server's own words, when the server ends or `limitMs` is over. */
export async function waitUntilUp(server: Server, look: () => Promise<void>, limitMs = 120_000): Promise<void> {
  const end = Date.now() + limitMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (server.hasEnded()) throw new Error(`it ended before it served\n${server.log()}`, { cause: error });
      if (Date.now() > end) {
        throw new Error(`it did not serve within ${limitMs / 1000} s: ${String(error)}\n${server.log()}`, {
          cause: error,
        });
      }
    }
    await pause(50);
  }
}

/** Runs a program to its end and gives what it wrote to standard output. Rejects with the end of what it wrote otherwise. */
export async function run(command: string, args: readonly string[], options: ProcessOptions = {}): Promise<string> {
  const child = spawn(command, args, { ...withEnv(options), detached, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const written = { out: '', all: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.out += text;
    written.all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.all += text));
  try {
    const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]; // what Node documents
    if (status === 0) return written.out;
    throw new Error(`exit status ${status ?? signal}: ${written.all.trim().slice(-SHOWN)}`);
  } catch (error) {
    throw new Error(`${path.basename(command)} ${args.slice(0, 3).join(' ')}: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    running.delete(child);
  }
}

/** Ends, with their children, all programs that `run` and `startServer` have started and that are still there. */
export function killAll(): void {
  for (const { pid } of running) if (pid !== undefined) killGroup(detached ? -pid : pid);
}

/** Sends SIGKILL to a process, or by a negative number to a group, that may have ended already. */
export function killGroup(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // nobody of it is left
  }
}

/** Why a Go module cannot be built here: no Go, or one that is too old, such as for `1.26`. */
export async function missingGo(atLeast: string): Promise<string | undefined> {
  const version = /go(\d+)\.(\d+)/.exec(await run('go', ['env', 'GOVERSION']).catch(() => ''));
  if (version === null) return 'go: not installed';
  const [major = 0, minor = 0] = atLeast.split('.').map(Number);
  const isOld = Number(version[1]) < major || (Number(version[1]) === major && Number(version[2]) < minor);
  return isOld ? `go: ${atLeast} or later is needed, ${version[0]} is installed` : undefined;
}

const withEnv = ({ cwd, env = {} }: ProcessOptions) => ({ cwd, env: { ...process.env, ...env } });
