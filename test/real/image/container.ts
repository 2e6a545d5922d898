import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '../functions.ts';
import { run, startServer, type Server } from '../processes.ts';

/** The image, unpacked: its base and what the Dockerfile copies onto it. */
export interface Image {
  readonly root: string;
  readonly app: string;
}

const dockerfile = readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8');
const USER = /^USER (\d+:\d+)$/m.exec(dockerfile)?.[1] ?? '';
/** As the Dockerfile has it, for the process that serves; a container's `args` follow it. */
export const ENTRYPOINT = JSON.parse(/^ENTRYPOINT (\[.+\])$/m.exec(dockerfile)?.[1] ?? '[]') as readonly string[]; // the exec form

/** Builds the application by the Dockerfile's own command, and takes the files that it copies, no others. */
export async function unpackImage(root: string): Promise<Image> {
  const folder = mkdtempSync(path.join(tmpdir(), 'image-'));
  const [made, app] = [path.join(folder, 'made'), path.join(folder, 'app')];
  const [, command = ''] = /^RUN (node \S+ --out) \/app$/m.exec(dockerfile) ?? [];
  await run(process.execPath, [...command.split(' ').slice(1), made], { cwd: ROOT });
  const copies = [...dockerfile.matchAll(/^COPY --from=build (.+) \S+$/gm)];
  for (const file of copies.flatMap(([, files = '']) => files.split(' ')).map((each) => path.basename(each))) {
    cpSync(path.join(made, file), path.join(app, file));
  }
  const script = path.join(app, 'bi-cron'); // names its bundle by the folder of the build, which in the image is /app
  writeFileSync(script, readFileSync(script, 'utf8').replace(made, '/app'));
  return { root, app };
}

/**
 * Mounts in a namespace of its own: the root and what is added to it, read-only, as a cluster's securityContext has it. The
 * process that enters it is the one that was started, so that signals reach it.
 */
const ENTER = `
set -e
root=$1 app=$2 user=$3; shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
mount --bind "$app" "$root/app"
mount --bind "$app/bi-cron" "$root/usr/local/bin/bi-cron"
mount -t proc proc "$root/proc"
for each in "$root" "$root/app"; do mount -o remount,bind,ro "$each"; done
exec chroot --userspec="$user" "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin NODE_ENV=production "$@"
`;

/** A process in the image, and all that it wrote. */
export interface Container {
  readonly server: Server;
  readonly output: () => string;
}

/** Runs a command in the image as a pod's container does: its user, a root that is read-only, this environment and no other. */
export function startInImage(
  image: Image,
  env: Readonly<Record<string, string>>,
  command: readonly string[],
): Container {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const args = ['--mount', 'sh', '-c', ENTER, 'sh', image.root, image.app, USER, ...variables, ...command];
  const logFile = path.join(mkdtempSync(path.join(tmpdir(), 'image-')), 'log');
  return { server: startServer('unshare', args, logFile), output: () => readFileSync(logFile, 'utf8') };
}
