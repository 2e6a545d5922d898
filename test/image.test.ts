import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appArguments, startFunction } from '../tools/stack/function-process.ts';
import { createPingSource } from '../tools/stack/senders/ping-source.ts';
import { startStack, type Stack } from '../tools/stack/stack.ts';
import { ROOT } from '../tools/project.ts';
import { APP_DIR } from './support/app-dir.ts';

const dockerfile = readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8');
const isRoot = process.getuid?.() === 0;
const REJECTED = 'app.cache was made by another Node';

let stack: Stack;
let folder: string;
beforeAll(async () => {
  stack = await startStack();
  folder = mkdtempSync(path.join(findPublicFolder(), 'image-'));
});
afterAll(async () => {
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The temporary folder, or the system's where others may not enter the one that TMPDIR names. */
function findPublicFolder(): string {
  const found = [tmpdir(), '/tmp', '/var/tmp', '/dev/shm'].find((candidate) => isPublic(candidate));
  if (found === undefined) throw new Error('expected a temporary folder that every user may enter, got none');
  return found;
}

function isPublic(candidate: string): boolean {
  if (!existsSync(candidate)) return false;
  const parent = path.dirname(candidate);
  return (statSync(candidate).mode & 0o001) !== 0 && (parent === candidate || isPublic(parent));
}

/** The files that the Dockerfile copies into the image, in a folder of their own. */
function layOutImage(name: string): string {
  const appDir = path.join(folder, name);
  const copied = /COPY --from=build (.+) \/app\/$/m.exec(dockerfile)?.[1]?.split(' ') ?? [];
  for (const file of copied) cpSync(path.join(APP_DIR, path.basename(file)), path.join(appDir, path.basename(file)));
  return appDir;
}

async function runOneTick(
  appDir: string,
  user: { uid?: number; gid?: number; cwd?: string; node?: string } = {},
): Promise<{ body: string; output: string; exit: unknown }> {
  const fn = await startFunction({ task: 'increment-order', appDir, env: stack.env, ...user });
  const { attempts } = await createPingSource({ name: 'increment-order', sink: fn.url, random: () => 0 }).tick();
  const exit = await fn.stop();
  return { body: attempts.at(-1)?.body ?? '', output: fn.output(), exit };
}

describe('the V8 code cache', () => {
  it('is accepted by the Node that serves', async () => {
    const { body, output } = await runOneTick(layOutImage('accepted'));
    expect(body).toContain('bi.cron.run.done');
    expect(output).not.toContain(REJECTED);
  });

  it('is told to be useless when another Node made it, and the function runs all the same', async () => {
    const appDir = layOutImage('rejected');
    const cache = readFileSync(path.join(appDir, 'app.cache'));
    cache.writeUInt32LE(cache.readUInt32LE(4) + 1, 4); // V8's version hash
    writeFileSync(path.join(appDir, 'app.cache'), cache);
    const { body, output } = await runOneTick(appDir);
    expect(body).toContain('bi.cron.run.done');
    expect(output).toContain(REJECTED);
  });
});

describe("the image's files", () => {
  it.skipIf(!isRoot)(
    'run read-only, as uid 65532 without a home, from / (skipped unless the tests run as root)',
    async () => {
      const appDir = layOutImage('read-only');
      const laidOut = readdirSync(appDir);
      for (const file of laidOut) chmodSync(path.join(appDir, file), 0o444);
      chmodSync(appDir, 0o555);
      chmodSync(folder, 0o755);
      const node = path.join(folder, 'node'); // the checkout may lie in a folder that only root may enter, such as /root
      cpSync(process.execPath, node);
      const { body, exit } = await runOneTick(appDir, { uid: 65_532, gid: 65_532, cwd: '/', node });
      expect([body, exit]).toEqual([expect.stringContaining('bi.cron.run.done'), 0]);
      expect(readdirSync(appDir)).toEqual(laidOut);
    },
  );

  it('are not run by a Node that cannot be started, and nobody waits for one', async () => {
    const options = { task: 'full-order', appDir: APP_DIR, env: {}, node: path.join(folder, 'no-node') };
    await expect(startFunction(options)).rejects.toThrow(/^function: expected to start .*no-node, got spawn .*ENOENT/);
  });

  it('hold no path of the machine that built them', () => {
    for (const file of ['app.js', 'main.cjs'])
      expect(readFileSync(path.join(APP_DIR, file), 'latin1')).not.toContain(ROOT);
  });

  it('are ASCII, as the loader reads them', () => {
    // oxlint-disable-next-line no-control-regex -- the whole ASCII range
    expect(readFileSync(path.join(APP_DIR, 'app.js'), 'latin1')).toMatch(/^[\u0000-\u007f]*$/);
  });

  it('trust whom Node itself trusts', () => {
    const roots = readFileSync(path.join(APP_DIR, 'roots.pem'), 'utf8').trim();
    expect(roots).toBe(rootCertificates.join('\n').trim());
  });

  it('name the licence of every bundled package', () => {
    const licences = readFileSync(path.join(APP_DIR, 'LICENSES.txt'), 'utf8');
    for (const name of ['@grpc/grpc-js', 'protobufjs', 'pino', 'js-yaml', 'valibot'])
      expect(licences).toContain(`\n${name} `);
    expect(licences).not.toContain('undefined');
  });
});

describe('the Dockerfile', () => {
  it('starts the application as the tests do', () => {
    const command = ['node', ...appArguments('/app')].map((part) => JSON.stringify(part)).join(', ');
    expect(dockerfile).toContain(`ENTRYPOINT [${command}]`);
  });

  it('builds with the Node that package.json pins', () => {
    const pinned = (
      JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { devDependencies: { node: string } }
    ).devDependencies.node;
    expect(dockerfile.match(/node:(\d+\.\d+\.\d+)-/g)).toEqual([`node:${pinned}-`, `node:${pinned}-`]);
    expect(process.version).toBe(`v${pinned}`);
  });

  it('leaves nothing but its sources to the build context', () => {
    const listed = readFileSync(path.join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) =>
      files.split(' '),
    );
    expect(listed.map((line) => line.slice(1)).toSorted()).toEqual(copied.toSorted());
    expect(execFileSync('git', ['ls-files', ...copied], { cwd: ROOT, encoding: 'utf8' })).not.toBe('');
  });
});
