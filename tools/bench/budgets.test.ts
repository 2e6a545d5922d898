import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bakeCodeCache } from '../build/bake.ts';
import { buildApp } from '../build/build.ts';
import { ROOT } from '../project.ts';
import { BANNED_MODULES, BUDGETS } from './budgets.ts';
import { measureStart } from './measure-start.ts';
import { startPlatform, type Platform } from './platform.ts';
import { countRoundTrips } from './round-trips.ts';
import { NEAR, type BenchEnv } from './bench-env.ts';
import { countProductionPackages } from './size.ts';
import { imageVariant } from './variants.ts';

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
