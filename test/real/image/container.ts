import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '../functions.ts';
import { run, startServer, type Server } from '../processes.ts';

const dockerfile = readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8');
const USER = /^USER (\d+:\d+)$/m.exec(dockerfile)?.[1] ?? '';
/** As the Dockerfile has it, for the process that serves; a container's `args` follow it. */
export const ENTRYPOINT = JSON.parse(/^ENTRYPOINT (\["\/.+\])$/m.exec(dockerfile)?.[1] ?? '[]') as readonly string[]; // the exec form

/** What the Dockerfile's own command lays out for `scratch`, which the last stage takes whole; the folder that holds it. */
export async function unpackImage(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'image-'));
  const root = path.join(folder, 'root');
  const [, command = ''] =
    /^RUN (node \S+ --out \/app --image-root \/image --base) "\$\{RUNTIME_IMAGE\}"$/m.exec(dockerfile) ?? [];
  const args = command
    .replace(' /app ', ` ${path.join(folder, 'made')} `)
    .replace(' /image ', ` ${root} `)
    .split(' ')
    .slice(1);
  await run(process.execPath, [...args, 'scratch'], { cwd: ROOT });
  mkdirSync(path.join(root, 'proc')); // as every container has it
  return root;
}

/**
 * Mounts in a namespace of its own: the image's files, read-only, as a cluster's securityContext has it. The process that
 * enters it is the one that was started, so that signals reach it.
 */
const ENTER = `
set -e
root=$1; shift
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
exec "$@"
`;

/** A process in the image, and all that it wrote. */
export interface Container {
  readonly server: Server;
  readonly output: () => string;
}

/** Runs a command in the image as a pod's container does: its user, a root that is read-only, this environment and no other. */
export function startInImage(
  root: string,
  env: Readonly<Record<string, string>>,
  command: readonly string[],
): Container {
  const variables = Object.entries({ PATH: '/usr/local/bin', NODE_ENV: 'production', ...env });
  const cleanly = ['env', '-i', ...variables.map(([name, value]) => `${name}=${value}`)];
  const entered = ['/usr/sbin/chroot', `--userspec=${USER}`, root, ...command];
  const args = ['--mount', 'sh', '-c', ENTER, 'sh', root, ...cleanly, ...entered];
  const logFile = path.join(mkdtempSync(path.join(tmpdir(), 'image-')), 'log');
  return { server: startServer('unshare', args, logFile), output: () => readFileSync(logFile, 'utf8') };
}
