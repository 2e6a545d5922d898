import { execFile, execFileSync } from 'node:child_process';
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
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCli } from '../tools/build/build.ts';
import { IMAGE_NODE, layOutImage, withoutSymbols } from '../tools/build/image-root.ts';
import { appArguments, startFunction, type FunctionProcessOptions } from '../tools/stack/function-process.ts';
import { createPingSource } from '../tools/stack/senders/ping-source.ts';
import { startStack, type Stack } from '../tools/stack/stack.ts';
import { ROOT } from '../tools/project.ts';
import { APP_DIR } from './support/app-dir.ts';

const dockerfile = readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8');
const isRoot = process.getuid?.() === 0;
const REJECTED = 'app.cache was made by another Node';

let stack: Stack;
let folder: string;
let appDir: string;
beforeAll(async () => {
  stack = await startStack();
  folder = mkdtempSync(path.join(findPublicFolder(), 'image-'));
  appDir = path.join(folder, 'built');
  cpSync(APP_DIR, appDir, { recursive: true });
  await buildCli({ root: ROOT, outDir: appDir, runDir: '/app', node: IMAGE_NODE });
});
afterAll(async () => {
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The files below a folder, without the folders. */
function listFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(path.join(root, file)).isFile(),
  );
}

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

/** What the image adds to its base, in a folder of its own. */
function layOut(name: string, isWhole = false): string {
  const root = path.join(folder, name);
  layOutImage({ appDir, outDir: root, isWhole });
  return root;
}

async function runOneTick(
  ofAppDir: string,
  as: Pick<FunctionProcessOptions, 'command' | 'uid' | 'gid' | 'cwd'> = {},
): Promise<{ body: string; output: string; exit: unknown }> {
  const fn = await startFunction({ task: 'increment-order', appDir: ofAppDir, env: stack.env, ...as });
  const { attempts } = await createPingSource({ name: 'increment-order', sink: fn.url, random: () => 0 }).tick();
  const exit = await fn.stop();
  return { body: attempts.at(-1)?.body ?? '', output: fn.output(), exit };
}

describe('the V8 code cache', () => {
  it('is accepted by the Node that serves', async () => {
    const { body, output } = await runOneTick(path.join(layOut('accepted'), 'app'));
    expect(body).toContain('bi.cron.run.done');
    expect(output).not.toContain(REJECTED);
  });

  it('is reported as useless when another Node made it, and the function runs all the same', async () => {
    const rejected = path.join(layOut('rejected'), 'app');
    const cache = readFileSync(path.join(rejected, 'app.cache'));
    cache.writeUInt32LE(cache.readUInt32LE(4) + 1, 4); // V8's version hash
    writeFileSync(path.join(rejected, 'app.cache'), cache);
    const { body, output } = await runOneTick(rejected);
    expect(body).toContain('bi.cron.run.done');
    expect(output).toContain(REJECTED);
  });
});

describe("the image's files", () => {
  it.skipIf(!isRoot)(
    'run read-only, as uid 65532 without a home, from / (skipped unless the tests run as root)',
    async () => {
      const root = layOut('read-only');
      const laidOut = listFiles(root);
      for (const file of laidOut) chmodSync(path.join(root, file), file.includes('/bin/') ? 0o555 : 0o444);
      chmodSync(path.join(root, 'app'), 0o555);
      chmodSync(folder, 0o755);
      const command = [path.join(root, IMAGE_NODE)] as const; // the checkout's own may lie where only root may enter, such as /root
      const { body, exit } = await runOneTick(path.join(root, 'app'), { uid: 65_532, gid: 65_532, cwd: '/', command });
      expect([body, exit]).toEqual([expect.stringContaining('bi.cron.run.done'), 0]);
      expect(listFiles(root)).toEqual(laidOut);
    },
  );

  it.skipIf(!isRoot)(
    'are all that a tick, once and doctor need: on scratch, in a root of their own (skipped unless the tests run as root)',
    async () => {
      const root = layOut('scratch', true);
      const command = ['chroot', '--userspec=65532:65532', root, IMAGE_NODE] as const;
      const { body, exit, output } = await runOneTick('/app', { command });
      expect([body, exit]).toEqual([expect.stringContaining('bi.cron.run.done'), 0]);
      expect(output).not.toContain(REJECTED);
      const inside = async (...args: string[]): Promise<string> => {
        const env = { PATH: process.env['PATH'] ?? '', ...stack.env };
        return (await promisify(execFile)('chroot', ['--userspec=65532:65532', root, ...args], { env })).stdout;
      };
      const once = await inside(IMAGE_NODE, ...appArguments('/app'), 'once', '--task', 'goods-onsale');
      expect(JSON.parse(once)).toMatchObject({ task: 'goods-onsale', outcome: 'done' });
      expect(await inside('/usr/local/bin/bi-cron', 'doctor', 'goods-onsale')).toContain('bi-cron.yaml');
    },
  );

  it('are Node, ours, and on scratch its libraries: no shell, no package manager, nothing else', () => {
    const ours = ['app.cache', 'app.js', 'cli.cjs', 'LICENSES-cli.txt', 'LICENSES.txt', 'main.cjs', 'roots.pem'];
    const own = [...ours.map((name) => `app/${name}`), 'usr/local/bin/bi-cron', 'usr/local/bin/node'];
    expect(listFiles(layOut('listed')).toSorted()).toEqual(own.toSorted());
    const added = listFiles(layOut('listed-whole', true)).filter((file) => !own.includes(file));
    const system =
      /^(?:(?:usr\/)?lib(?:64)?\/(?:[\w-]+\/)?(?:lib[\w+.-]+\.so\.\d+|ld-[\w.-]+\.so\.\d+)|etc\/nsswitch\.conf|usr\/share\/doc\/[\w+-]+\/copyright)$/;
    expect(added.filter((file) => !system.test(file))).toEqual([]);
    expect(added.some((file) => file.includes('libstdc++'))).toBe(true);
  });

  it('take at most 50 MB, compressed, on scratch', () => {
    const root = layOut('compressed', true);
    const sizes = listFiles(root).map((file) => gzipSync(readFileSync(path.join(root, file)), { level: 1 }).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(50_000_000);
  });

  it('hold a Node without symbols, which is the same program', () => {
    const node = path.join(layOut('stripped'), IMAGE_NODE);
    expect(statSync(node).size).toBeLessThan(statSync(process.execPath).size - 10_000_000);
    expect(execFileSync(node, ['-p', 'process.version + process.versions.v8'], { encoding: 'utf8' }).trim()).toBe(
      process.version + process.versions.v8,
    );
    expect(() => withoutSymbols(Buffer.from('#!/bin/sh\n'.repeat(10)))).toThrow(
      'expected a 64-bit little-endian ELF file',
    );
  });

  it('begin bi-cron with the absolute path of the Node of the image', () => {
    const script = readFileSync(path.join(layOut('script'), 'usr/local/bin/bi-cron'), 'utf8');
    expect(script).toBe(`#!${IMAGE_NODE}\nimport("/app/cli.cjs");\n`);
  });

  it('are not run by a Node that cannot be started, and nobody waits for one', async () => {
    const command = [path.join(folder, 'no-node')] as const;
    const options = { task: 'full-order', appDir: APP_DIR, env: {}, command } as const;
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
    const command = [IMAGE_NODE, ...appArguments('/app')].map((part) => JSON.stringify(part)).join(', ');
    expect(dockerfile).toContain(`ENTRYPOINT [${command}]`);
  });

  it('builds with the Node that package.json pins', () => {
    const pinned = (
      JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { devDependencies: { node: string } }
    ).devDependencies.node;
    expect(dockerfile.match(/node:(\d+\.\d+\.\d+)-/g)).toEqual([`node:${pinned}-`]);
    expect(process.version).toBe(`v${pinned}`);
  });

  it('leaves nothing but its sources to the build context', () => {
    const listed = readFileSync(path.join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) =>
      files.split(' '),
    );
    expect(dockerfile).toMatch(/^COPY --from=build \/image \/$/m); // the one thing that the last stage takes
    expect(listed.map((line) => line.slice(1)).toSorted()).toEqual(copied.toSorted());
    expect(execFileSync('git', ['ls-files', ...copied], { cwd: ROOT, encoding: 'utf8' })).not.toBe('');
  });
});
