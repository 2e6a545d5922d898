import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from '../project.ts';
import { findFreePort } from './free-port.ts';

/** `image`: the bundle, started as the image starts it; `framework`: the Functions Framework's own server on the source. */
export type HostKind = 'image' | 'framework';

/** A function in a process of its own, as Knative would run it. */
export interface FunctionProcess {
  readonly url: string;
  readonly pid: number;
  /** All that the process has written so far. */
  output(): string;
  /** The run log lines written so far, parsed. */
  runs(): Record<string, unknown>[];
  /** Sends the signal and waits for the end; the exit status, or the signal's name when one ended the process. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  readonly ended: Promise<number | NodeJS.Signals>;
}

export interface FunctionProcessOptions {
  readonly task: string;
  readonly env: Readonly<Record<string, string>>;
  readonly host?: HostKind;
  /** The folder of the built application, for `image`. */
  readonly appDir?: string;
  /** The repository's folder. */
  readonly root?: string;
  /** The Node that runs it, with what stands before it, such as `chroot` and its arguments; this Node when missing. */
  readonly command?: readonly [string, ...string[]];
  /** Who runs it and where, as a container's securityContext says; this user and the repository when missing. */
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd?: string;
  /** Called with each JSON line, parsed, as it is written; of all of them before `ended` resolves. */
  readonly onLine?: (line: Record<string, unknown>) => void;
}

/** What `node` is given to run the application that stands in a folder, and so the image's entry point. */
export const appArguments = (appDir: string): string[] => [
  '--min-semi-space-size=16', // MB; fewer scavenges while modules load. Most other V8 flags make Node reject its own code cache
  '--use-openssl-ca', // else Node reads its 140 root certificates at every start, 10 ms of CPU for a TLS that few runs use; roots.pem has the same ones
  path.join(appDir, 'main.cjs'),
];

/**
 * Starts a function and waits until its port accepts connections, as Knative's readiness probe does. Rejects with what
 * the process wrote when it ends before that.
 */
export async function startFunction(options: FunctionProcessOptions): Promise<FunctionProcess> {
  const { root = ROOT } = options;
  const port = await findFreePort();
  const env = { PATH: process.env['PATH'] ?? '', ...options.env, FUNCTION_TARGET: options.task, PORT: String(port) };
  const { uid, gid, cwd = root, command = [process.execPath] } = options;
  const [program, ...before] = command;
  const user = uid === undefined ? {} : { uid, gid: gid ?? uid };
  const child = spawn(program, [...before, ...commandOf(options, root)], {
    cwd,
    env,
    ...user,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  const startFailed = new Promise<never>((_, reject) => {
    child.once('error', (error) => reject(new Error(`function: expected to start ${program}, got ${error.message}`)));
  });
  const { onLine = () => {} } = options;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: string) => (written += chunk));
    readLines(stream, (line) => parseLine(line).forEach(onLine));
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
  });
  await Promise.race([startFailed, waitForPort(port, child, () => written)]);
  return {
    url: `http://127.0.0.1:${port}/`,
    pid: child.pid ?? 0,
    output: () => written,
    runs: () => written.split('\n').flatMap(parseLine),
    ended,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}

function commandOf({ task, host = 'image', appDir }: FunctionProcessOptions, root: string): string[] {
  if (host === 'image') return appArguments(appDir ?? path.join(root, 'dist/app'));
  const framework = path.join(ROOT, 'node_modules/@google-cloud/functions-framework/build/src/main.js');
  return [framework, `--source=${path.join(root, 'functions', task, 'index.ts')}`];
}

/** Whole lines only: what a killed process leaves behind may break off. */
function readLines(stream: Readable, onLine: (line: string) => void): void {
  let begun = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = `${begun}${chunk}`.split('\n');
    begun = lines.pop() ?? '';
    lines.forEach(onLine);
  });
}

function parseLine(line: string): Record<string, unknown>[] {
  if (!line.startsWith('{')) return [];
  return [JSON.parse(line) as Record<string, unknown>]; // our own log lines are JSON objects
}

const READY_POLL_MS = 5;

async function waitForPort(port: number, child: ChildProcess, written: () => string): Promise<void> {
  while (!(await isOpen(port))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(
        `function: expected a listening process, got exit status ${child.exitCode ?? child.signalCode}\n${written()}`,
      );
    }
    await pause(READY_POLL_MS);
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
