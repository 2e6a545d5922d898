import { describe, expect, it } from 'vitest';
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';
import { freshSlot, linesOf, openPlatform, sendTick, type OnTestFinished, type Platform } from './platform.ts';
import { launchWarm, type WarmFunction } from './warm-function.ts';

// Packets vanish and nothing is closed: a firewall that forgot its connections, a node that lost its network.

/** A process that has answered a tick, behind one proxy to Nacos and one to the backend. */
async function openWarm(
  onTestFinished: OnTestFinished,
  env: Record<string, string> = {},
): Promise<WarmFunction & { nacosProxy: TcpProxy; backendProxy: TcpProxy }> {
  const platform = await openPlatform(onTestFinished);
  const [nacosProxy, backendProxy] = await Promise.all(
    [platform.nacos.port, platform.backend.port].map((port) => openTcpProxy(port)),
  );
  if (nacosProxy === undefined || backendProxy === undefined) throw new Error('two proxies were opened');
  onTestFinished(() => {
    nacosProxy.close();
    backendProxy.close();
  });
  const listed: Platform = { ...platform, register: () => platform.register({ port: backendProxy.port }) };
  platform.register({ port: backendProxy.port });
  const fn = await launchWarm(platform, { NACOS_SERVER_ADDR: `http://${nacosProxy.address}`, ...env });
  onTestFinished(async () => void (await fn.stop()));
  platform.register({ port: backendProxy.port });
  return { platform: listed, fn, nacosProxy, backendProxy };
}

async function tick({ fn }: WarmFunction): Promise<string> {
  const slot = freshSlot();
  const { status } = await sendTick(fn, slot);
  await waitUntil(() => expect(linesOf(fn, slot)).toHaveLength(1));
  const [line] = linesOf(fn, slot);
  return `${status} ${String(line?.['outcome'])}: ${String(line?.['reason'])}`;
}

describe('Nacos in a black hole', { concurrent: true }, () => {
  it('is 503 within the budget, and nobody is called', async ({ onTestFinished }) => {
    const warm = await openWarm(onTestFinished);
    warm.nacosProxy.drop('all');
    expect(await tick(warm)).toBe('503 unavailable: nacos');
    expect(warm.platform.backend.calls.count()).toBe(0);
  });

  it('costs no run when only the open connections are lost', async ({ onTestFinished }) => {
    const warm = await openWarm(onTestFinished, { RUN_BUDGET: '3s' });
    warm.nacosProxy.drop('open');
    expect(await tick(warm)).toBe('200 done: done');
  });

  it('and back costs the next tick nothing', async ({ onTestFinished }) => {
    const warm = await openWarm(onTestFinished, { RUN_BUDGET: '3s' });
    warm.nacosProxy.drop('all');
    await tick(warm);
    warm.nacosProxy.release();
    expect(await tick(warm)).toBe('200 done: done');
  });
});

describe('a backend in a black hole', { concurrent: true }, () => {
  it('in mid-call is unknown at the deadline, with one call', async ({ onTestFinished }) => {
    const warm = await openWarm(onTestFinished);
    warm.platform.configure('env: dev\ntasks: { increment-order: { timeout: 1s } }\n');
    warm.platform.backend.faults.set({ kind: 'slow', ms: 100 });
    const received = warm.platform.backend.calls.next();
    const answer = tick(warm);
    await received;
    warm.backendProxy.drop('open');
    expect(await answer).toBe('503 unknown: deadline');
    expect(warm.platform.backend.calls.count()).toBe(1);
  });

  it('that only lost the open connections is called over a new one by a later tick', async ({ onTestFinished }) => {
    const warm = await openWarm(onTestFinished);
    warm.platform.configure('env: dev\ntasks: { increment-order: { timeout: 1s } }\n');
    warm.backendProxy.drop('open');
    const endings = [await tick(warm)];
    while (endings.length < 3 && endings.at(-1) !== '200 done: done') endings.push(await tick(warm));
    expect(endings.at(-1)).toBe('200 done: done');
    expect(warm.platform.backend.calls.count()).toBe(1);
  });
});
