import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, vi } from 'vitest';
import { pythonEnv } from '../python.ts';

/** How a program is started from the part's build; host, port, namespace, folder and user follow. */
interface Program {
  readonly command: (built: string, folder: string) => readonly [string, ...string[]];
  readonly env?: (built: string) => Readonly<Record<string, string>>;
  /** It speaks HTTP v1, lives by heartbeats, and polls for changes of instances; else gRPC. */
  readonly isHttp?: boolean;
}

const java = (version: string): Program => ({
  command: (built, folder) => {
    const home = path.join(built, `java-${version}`);
    const places = [`-DJM.LOG.PATH=${folder}`, `-DJM.SNAPSHOT.PATH=${folder}`, `-Duser.home=${folder}`];
    return ['java', ...places, '-cp', `${home}:${home}/*`, 'Client'];
  },
});

const python = (version: string): Program => ({
  command: () => ['python3', path.join(import.meta.dirname, 'python/client.py')],
  env: (built) => pythonEnv(path.join(built, `python-${version}`)),
});

/** By the client's name and version. */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  'nacos-sdk-go/v2': { command: (built) => [path.join(built, 'go-client')] },
  'nacos-client 2.5.1 (Java)': java('2.5.1'),
  'nacos-client 3.0.3 (Java)': java('3.0.3'),
  'nacos-sdk-python 2': python('2'),
  'nacos-sdk-python 3': python('3'),
  'nacos 2 (npm)': {
    command: () => [process.execPath, path.join(import.meta.dirname, 'node/client.ts')],
    isHttp: true,
  },
};

type Message = Readonly<Record<string, unknown>>;

/** A program that runs commands by one client of Nacos. */
export interface ClientProcess {
  /** The value of the answer; throws the client's error. */
  ask(what: string, fields: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** What the client was told of its own accord, in order: of `config` or `instances`. */
  told(event: string): readonly unknown[];
  /** What the program wrote to standard error. */
  errors(): string;
  /** Ends it by SIGKILL, as a crash would. */
  kill(): Promise<void>;
}

const TIMEOUT_MS = 60_000; // Python's SDK takes its time to start on a busy machine

/** Waits until the assertion holds, and gives what it gives; fails when it does not hold in time. */
export const within = <Value>(ms: number, assertion: () => Value | Promise<Value>): Promise<Value> =>
  vi.waitFor(assertion, { timeout: ms, interval: 20 });

export async function startClient(
  name: string,
  built: string,
  port: number,
  user: readonly string[] = [],
): Promise<ClientProcess> {
  const program = PROGRAMS[name];
  if (program === undefined) throw new Error(`client: expected a known one, got ${JSON.stringify(name)}`);
  const folder = mkdtempSync(path.join(tmpdir(), 'nacos-client-'));
  const [command, ...args] = program.command(built, folder);
  const child = spawn(command, [...args, '127.0.0.1', String(port), '', folder, ...user], {
    env: { ...process.env, ...program.env?.(built) },
    stdio: 'pipe',
  });
  const messages: Message[] = [];
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith('{')) messages.push(JSON.parse(line) as Message); // the programs write objects
    else errors += `${line}\n`; // some clients log to standard output
  });
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const find = async (meets: (message: Message) => boolean): Promise<Message> => {
    await within(TIMEOUT_MS, () => expect(messages.some(meets) || child.exitCode !== null).toBe(true));
    const found = messages.findLast(meets);
    if (found === undefined) throw new Error(`${name}: expected an answer, got its end: ${errors.slice(-2000)}`);
    return found;
  };
  await find(({ event }) => event === 'ready');
  return {
    ask: async (what, fields) => {
      const before = messages.length;
      child.stdin.write(`${JSON.stringify({ do: what, ...fields })}\n`);
      const { value, error } = await find((message) => messages.indexOf(message) >= before && message['done'] === what);
      if (error !== undefined) throw new Error(`${name}: ${what}: ${JSON.stringify(error)}`);
      return value;
    },
    told: (event) => messages.filter((message) => message['event'] === event).map(({ value }) => value),
    errors: () => errors,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
