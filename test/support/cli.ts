import { spawn, type ChildProcessByStdio } from 'node:child_process';
import path from 'node:path';
import type { Readable } from 'node:stream';

/** How the tool ended, and what it said. */
export interface Ended {
  readonly status: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** The tool in a process of its own. */
export interface RunningCli {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<Ended>;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The repository's folder, this one when missing. */
  readonly root?: string;
}

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Starts the tool as `tools/cli/bi-cron` does, with this environment and nothing else but PATH. */
export function startCli(args: readonly string[], { env = {}, root = ROOT }: CliOptions = {}): RunningCli {
  const child = spawn(process.execPath, [path.join(root, 'tools/cli/main.ts'), ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const read = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (read.stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (read.stderr += chunk.toString('utf8')));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ status: code ?? signal ?? 'SIGKILL', ...read }));
  });
  return { child, ended };
}

/** Runs the tool to its end. */
export function cli(args: readonly string[], options?: CliOptions): Promise<Ended> {
  return startCli(args, options).ended;
}

/** What `--json` printed. */
export function json({ stdout }: Ended): unknown {
  return JSON.parse(stdout) as unknown;
}
