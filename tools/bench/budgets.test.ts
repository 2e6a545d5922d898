import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bakeCodeCache } from '../build/bake.ts';
import { buildApp } from '../build/build.ts';
import { ROOT } from '../project.ts';
import { measureStart } from './measure-start.ts';
import { countRoundTrips } from './watch-exchanges.ts';
import { NEAR, startPlatform, type BenchEnv, type Platform } from './platform.ts';
import { countProductionPackages } from './size.ts';
import { imageVariant } from './variants.ts';

/**
 * What a cold start may take that no stopwatch is needed for. A figure is what is there now
 * and a little more: raise it only with the reason for what came.
 */
const BUDGETS = {
  /** The bundle of all tasks: V8 reads all of it at each start. grpc-js 194 kB, yaml 115, ours with the protos' codecs 98, protobufjs with long 79, pino with its parts 50, jose 17. */
  bundleBytes: 625_000,
  /** What the first event makes V8 keep compiled; read at each start too, and in the image as many bytes. */
  cacheBytes: 1_000_000,
  /** Configuration, instances, RPC: each needs what the one before answered. Documents and API versions are asked for at once. */
  roundTrips: 3,
  /** Node's own modules loaded before the first answer: Node 24.21 has 107 with node:http alone, 44 more with http2, 11 more with an open port. */
  nodeModules: 180,
  /** npm packages in the lock file without the development ones: functions-framework's Express is most of them, and not in the bundle; 20 are the command line's. */
  productionPackages: 185,
} as const;

/** Node's own modules that must not be loaded before the first answer, and why. */
const BANNED_MODULES: Readonly<Record<string, string>> = {
  'internal/deps/undici/undici': 'the built-in fetch, or an ES module that imports node:http: 42 ms',
  worker_threads: 'pino, which is for after the answer',
  https: 'a Nacos behind TLS, and only then',
};

const FAR: BenchEnv = { ...NEAR, distanceMs: 100 }; // what waits for nothing overlaps, however busy the machine

describe('a cold start of the built application', () => {
  const appDir = mkdtempSync(path.join(tmpdir(), 'bi-cron-budgets-'));
  let platform: Platform;

  beforeAll(async () => {
    await buildApp({ root: ROOT, outDir: appDir });
    await bakeCodeCache(appDir);
    platform = await startPlatform();
  });

  afterAll(() => {
    platform.close();
    rmSync(appDir, { recursive: true, force: true });
  });

  it('reads a bundle and a code cache within their budgets', () => {
    expect(statSync(path.join(appDir, 'app.js')).size).toBeLessThanOrEqual(BUDGETS.bundleBytes);
    expect(statSync(path.join(appDir, 'app.cache')).size).toBeLessThanOrEqual(BUDGETS.cacheBytes);
  });

  it('has no code that makes V8 ready for WebAssembly: 9 ms', () => {
    expect(readFileSync(path.join(appDir, 'app.js'), 'latin1')).not.toContain('WebAssembly');
  });

  it.each(['auto', 'v1', 'v3'])('takes three round trips with NACOS_API=%s', async (api) => {
    const { env } = await platform.set(FAR);
    await platform.takeExchanges();
    await measureStart(imageVariant(appDir), { ...env, NACOS_API: api });
    expect(countRoundTrips(await platform.takeExchanges())).toBe(BUDGETS.roundTrips);
  });

  it('loads no module of Node that the first answer does not need', async () => {
    const file = path.join(appDir, 'modules.txt');
    const { env } = await platform.set(NEAR);
    const probe = path.join(import.meta.dirname, 'probe.cjs');
    const { args, ...variant } = imageVariant(appDir);
    await measureStart({ ...variant, args: ['--require', probe, ...args] }, { ...env, PROBE_FILE: file });
    const loaded = readFileSync(file, 'utf8').split('\n');
    expect(loaded).toContain('http2');
    expect(loaded.filter((name) => name in BANNED_MODULES)).toEqual([]);
    expect(loaded.length).toBeLessThanOrEqual(BUDGETS.nodeModules);
  });
});

describe('the lock file', () => {
  it('has no more production packages than its budget', () => {
    expect(countProductionPackages()).toBeLessThanOrEqual(BUDGETS.productionPackages);
  });
});
