import { afterAll, beforeAll, expect } from 'vitest';
import type { FunctionProcess } from '../../tools/stack/function-process.ts';
import { waitUntil } from '../support/wait-until.ts';
import { freshSlot, launch, sendTick, startPlatform, type Platform } from './platform.ts';

/** A function process that has answered a tick, and the platform that it reads. */
export interface WarmFunction {
  readonly platform: Platform;
  readonly fn: FunctionProcess;
}

/** Starts a process on this platform and sends it a tick; nothing of it is counted. */
export async function launchWarm(platform: Platform, env: Record<string, string> = {}): Promise<FunctionProcess> {
  const fn = await launch(platform, env);
  await waitUntil(async () => expect((await sendTick(fn, freshSlot())).status).toBe(200)); // a short budget may end the first
  await platform.reset();
  return fn;
}

/** For a test file: both from before its first test until after its last, with the platform in health before each. */
export function useWarmFunction(env: Record<string, string> = {}): WarmFunction {
  let platform: Platform;
  let fn: FunctionProcess;
  beforeAll(async () => {
    platform = await startPlatform();
    fn = await launchWarm(platform, env);
  });
  afterAll(async () => {
    await fn.stop();
    await platform.close();
  });
  return {
    get platform() {
      return platform;
    },
    get fn() {
      return fn;
    },
  };
}
