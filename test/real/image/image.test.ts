import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPingSource } from '../../../tools/stack/senders/ping-source.ts';
import { findFreePort } from '../../../tools/stack/free-port.ts';
import { startStack, type Stack } from '../../../tools/stack/stack.ts';
import { slotsBackFromNow } from '../functions.ts';
import { waitUntilUp } from '../processes.ts';
import { ENTRYPOINT, startInImage, unpackImage, type Container } from './container.ts';

let stack: Stack;
let image: string;
beforeAll(async () => {
  stack = await startStack();
  image = await unpackImage();
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.leke.faults.clear();
  stack.leke.calls.clear();
});

const freshSlot = slotsBackFromNow();
const env = (more: Record<string, string> = {}) => ({ ...stack.env, FUNCTION_TARGET: 'full-order', ...more });

/** The image as it serves; its URL when it listens. */
async function serve(): Promise<Container & { readonly url: string }> {
  const port = await findFreePort();
  const settings = { PORT: String(port), K_SERVICE: 'full-order', CALLER_AUTH: 'off' };
  const container = startInImage(image, env(settings), ENTRYPOINT);
  const url = `http://127.0.0.1:${port}/`;
  await waitUntilUp(container.server, async () => void (await fetch(url)));
  return { ...container, url };
}
const tick = (url: string) => createPingSource({ name: 'full-order', sink: url, random: () => 0 }).tick(freshSlot());
async function outputOf({ server, output }: Container): Promise<string> {
  await server.ended;
  return output();
}

it('one tick: done, and the code cache is taken by the Node of the base', async () => {
  const { server, url, output } = await serve();
  const { attempts } = await tick(url);
  await server.stop();
  expect(attempts.map(({ status }) => status)).toEqual([200]);
  expect(output()).toContain('"outcome":"done"');
  expect(output()).not.toContain('app.cache was made by another Node');
});

it('SIGTERM in the middle of a run: the run ends well, and then the process', async () => {
  const { server, url, output } = await serve();
  stack.leke.faults.set({ kind: 'slow', ms: 1500 });
  const received = stack.leke.calls.next();
  const running = tick(url);
  await received;
  await server.stop('SIGTERM');
  expect((await running).attempts.map(({ status }) => status)).toEqual([200]);
  expect(output()).toContain('"outcome":"done"');
});

it('once: done, one call', async () => {
  const output = await outputOf(startInImage(image, env(), [...ENTRYPOINT, 'once', '--task', 'increment-order']));
  expect(JSON.parse(output)).toMatchObject({ outcome: 'done', trigger: 'manual' });
  expect(stack.leke.calls.count()).toBe(1);
});

it('doctor, as the command of a container and by bi-cron on its path: nothing wrong', async () => {
  const args = ['doctor', 'full-order', '--json'];
  const asCommand = startInImage(image, env(), [...ENTRYPOINT, ...args]);
  const byPath = startInImage(image, env(), ['bi-cron', ...args]);
  for (const text of [await outputOf(asCommand), await outputOf(byPath)]) {
    const checks = JSON.parse(text) as { state: string }[]; // what --json prints
    expect(checks.length).toBeGreaterThan(5);
    expect(checks.filter(({ state }) => state === 'fail')).toEqual([]);
  }
});
