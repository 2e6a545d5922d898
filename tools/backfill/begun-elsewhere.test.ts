import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createFunction } from '../../functions/runtime/handle.ts';
import { startHost } from '../../functions/runtime/host/host.ts';
import { cli, json } from '../../test/support/cli.ts';
import { BackfillRunner, type BackfillRequest } from './runner.ts';
import { readSeenEvent } from '../dev/read-event.ts';
import { startSink, type RecordedRequest } from '../../test/support/recording-sink.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { loadTask } from '../project.ts';

const FROM = '2026-11-17T00:00:00Z';
const TO = '2026-11-19T00:00:00Z';

let stack: Stack;
let folder: string;
beforeAll(async () => {
  stack = await startStack();
  folder = mkdtempSync(path.join(tmpdir(), 'bi-cron-begun-elsewhere-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await stack.close();
});

/** The same backfill as the console's form asks for it, and as a person does at the command line. */
const requestFor = (sink: string): BackfillRequest => ({
  task: 'increment-order',
  sink,
  from: new Date(FROM),
  to: new Date(TO),
  stepMs: 6 * 3_600_000,
  overlapMs: 600_000,
  data: {},
});
const ARGS = ['backfill', 'increment-order', '--from', FROM, '--to', TO, '--step', '6h', '--overlap', '10m', '--json'];

/** Runs the console's backfill to its end, or until it has done so many windows. */
async function fillFromConsole(request: BackfillRequest, count = Infinity): Promise<string | undefined> {
  const runner = new BackfillRunner(() => {
    if ((runner.list()[0]?.done ?? 0) >= count) runner.stop(request.task);
  });
  runner.start(request);
  await vi.waitFor(() => expect(runner.list()[0]?.state).not.toBe('running'), 20_000);
  await runner.close();
  return runner.list()[0]?.state;
}

/** In binary mode the content type of the data is the request's own header. */
const eventOf = ({ rawHeaders, body }: RecordedRequest) => {
  const { attributes, data } = readSeenEvent(rawHeaders, Buffer.from(body));
  const { datacontenttype: _inOneMode, ...rest } = attributes;
  return { ...rest, data };
};

it('console and command line send the same events: id, source, run key, time and window', async () => {
  const sink = await startSink(() => ({ status: 200, body: '{"data":{"outcome":"done","reason":"done"}}' }));
  const request = { ...requestFor(sink.url), data: { pageSize: 20, shopIds: ['100001'] } };
  expect(await fillFromConsole(request)).toBe('done');
  const data = ['--data', '{"shopIds":["100001"],"pageSize":20}'];
  await cli([...ARGS, ...data, '--url', sink.url], { env: { XDG_STATE_HOME: folder } });
  const events = sink.requests.map(eventOf);
  expect(events).toHaveLength(16);
  expect(events.slice(8)).toEqual(events.slice(0, 8));
});

it('a backfill begun in the console and repeated at the command line repeats no work', async () => {
  const fn = await openFunction();
  expect(await fillFromConsole(requestFor(fn.url), 3)).toBe('stopped');
  await fn.close();
  await stack.leke.calls.idle();
  const { workDone } = stack.leke;
  expect(workDone).toBeGreaterThanOrEqual(3);
  expect(workDone).toBeLessThan(8);
  expect(json(await cli(ARGS, { env: { ...stack.env, XDG_STATE_HOME: folder } }))).toMatchObject({ isComplete: true });
  expect(stack.leke.workDone).toBe(8);
  expect(new Set(stack.leke.calls.all().map(({ runKey }) => runKey)).size).toBe(8);
});

/** The function in this process, without a line. */
async function openFunction(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const env = { ...stack.env, LOG_LEVEL: 'silent' };
  const host = await startHost(await createFunction(await loadTask('increment-order'), env), 0);
  return { url: `http://127.0.0.1:${host.port}/`, close: () => host.drain() };
}
