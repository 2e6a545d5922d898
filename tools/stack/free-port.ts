import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

/** Below the ephemeral ports of the system (32768 and up on Linux), so that no other process gets it by chance in between. */
const FIRST = 20_000;
const BEHIND = 32_000;

/** A TCP port that was free a moment ago, for a process that needs a fixed port; with `offset`, the port so far behind it, too. */
export async function findFreePort(offset = 0): Promise<number> {
  const port = randomInt(FIRST, BEHIND - offset);
  return (await isFree(port)) && (await isFree(port + offset)) ? port : findFreePort(offset);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}

/** Opens a port of the loopback for a server, any by default; which one it became. Rejects with the server's own error. */
export async function listenOnLoopback(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port; // a TCP server's address is no string
}

/**
 * The process that listens on a TCP port of this machine, as in `process 4711 (java)`; `another process` where the system does not
 * tell, as of another user's. Arguments are left out: they may hold a password.
 */
export async function describeListener(port: number): Promise<string> {
  const listener = process.platform === 'linux' ? findInProc(port) : await askLsof(port);
  return listener === undefined ? 'another process' : `process ${listener.pid} (${toPlain(listener.command)})`;
}

interface PortListener {
  readonly pid: string;
  readonly command: string;
}

const LISTENING = '0A';

/** proc(5): the sockets of the machine with their inodes, and the files that each process has open. */
function findInProc(port: number): PortListener | undefined {
  const sockets = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(readLines).flatMap((line) => {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      const isIt = state === LISTENING && Number.parseInt(local.split(':')[1] ?? '', 16) === port;
      return isIt ? [`socket:[${inode}]`] : [];
    }),
  );
  const pid = readdirSync('/proc').find(
    (name) => /^\d+$/.test(name) && openFiles(name).some((file) => sockets.has(file)),
  );
  if (pid === undefined) return undefined;
  return { pid, command: path.basename(readlinkSync(`/proc/${pid}/exe`)) };
}

/** Empty for a process of another user. */
function openFiles(pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  return tryTo(() => readdirSync(folder)).flatMap((file) => tryTo(() => [readlinkSync(`${folder}/${file}`)]));
}

/** Empty for a missing file, as without IPv6. */
function readLines(file: string): string[] {
  return tryTo(() => readFileSync(file, 'utf8').split('\n'));
}

/** Empty for what disappears meanwhile or belongs to others. */
function tryTo(read: () => string[]): string[] {
  try {
    return read();
  } catch {
    return [];
  }
}

async function askLsof(port: number): Promise<PortListener | undefined> {
  try {
    const { stdout } = await promisify(execFile)('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']);
    const [, pid, command = ''] = /^p(\d+)\nc(.*)$/m.exec(stdout) ?? [];
    return pid === undefined ? undefined : { pid, command };
  } catch {
    return undefined; // no listener, or no lsof
  }
}

/** A process may call itself anything. */
const toPlain = (name: string): string => name.replaceAll(/[^\x20-\x7e]/g, '?');
