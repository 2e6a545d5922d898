import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { valueAt } from './manifest.ts';

const SCRIPT = join(import.meta.dirname, '../../knative/components/broker/dead-letter.mjs');
const EVENT = {
  'ce-specversion': '1.0',
  'ce-id': '3f0c',
  'ce-source': '/apis/v1/namespaces/bi-cron/pingsources/full-order',
  'ce-type': 'dev.knative.sources.ping',
  'ce-time': '2026-11-22T18:45:00.2Z',
  'ce-knativeerrorcode': '503',
  'ce-knativeerrordest': 'http://full-order.bi-cron.svc.cluster.local/',
  'ce-knativeerrordata': Buffer.from('{"outcome":"unavailable"}').toString('base64'),
};

describe('the dead letter sink', () => {
  let sink: ChildProcess;
  let lines: AsyncIterator<string>;
  let url = '';

  async function nextLine(): Promise<unknown> {
    const { value } = await lines.next();
    return JSON.parse(String(value));
  }

  beforeEach(async () => {
    sink = spawn(process.execPath, [SCRIPT], { env: { PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
    if (sink.stdout === null) throw new Error('stdout is a pipe');
    lines = createInterface({ input: sink.stdout })[Symbol.asyncIterator]();
    url = `http://127.0.0.1:${String(valueAt(await nextLine(), ['port']))}/`;
  });
  afterEach(async () => {
    if (sink.exitCode !== null || sink.signalCode !== null) return;
    sink.kill('SIGKILL');
    await once(sink, 'exit');
  });

  it('logs the event, its error and its data in one line and answers 204', async () => {
    const response = await fetch(url, { method: 'POST', headers: EVENT, body: '{}' });
    expect(response.status).toBe(204);
    expect(await nextLine()).toMatchObject({
      level: 'error',
      msg: 'dead letter',
      event: { id: '3f0c', source: EVENT['ce-source'], type: EVENT['ce-type'], time: EVENT['ce-time'] },
      errorCode: '503',
      errorDestination: EVENT['ce-knativeerrordest'],
      error: '{"outcome":"unavailable"}',
      data: '{}',
    });
  });

  it('logs an event without error attributes, as a Broker sends it after a 2xx that is no CloudEvent', async () => {
    const headers = { 'ce-id': '1', 'ce-source': '/x', 'ce-type': 't', 'ce-specversion': '1.0' };
    expect((await fetch(url, { method: 'POST', headers })).status).toBe(204);
    expect(await nextLine()).not.toHaveProperty('error');
  });

  it('logs the size of data over 64 KiB instead of the data', async () => {
    await fetch(url, { method: 'POST', headers: EVENT, body: 'x'.repeat(65_537) });
    expect(await nextLine()).toMatchObject({ data: '65537 bytes' });
  });

  it('answers 400 to what is no CloudEvent', async () => {
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(400);
    expect((await fetch(url, { headers: EVENT })).status).toBe(400);
  });

  it('exits 0 on SIGTERM', async () => {
    const exit = once(sink, 'exit');
    sink.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });
});
