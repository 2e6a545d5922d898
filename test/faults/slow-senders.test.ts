import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FunctionProcess } from '../../tools/stack/function-process.ts';
import { freshSlot, launch, sendTick, startPlatform, type Platform } from './platform.ts';
import { exchangeRaw } from './raw-http.ts';

const HEAD = [
  'POST / HTTP/1.1',
  'Host: fn',
  'Ce-Specversion: 1.0',
  'Ce-Id: slow-1',
  'Ce-Source: /test',
  'Ce-Type: bi.cron.run.requested',
  'Content-Type: application/json',
].join('\r\n');
const CHUNK = Buffer.from(`10000\r\n${' '.repeat(0x10000)}\r\n`);
const STEP_MS = 250;
const TIMEOUT_MS = 19_000; // requestTimeout is 15 s, looked at each second

async function* drip(start: string, piece: string | Uint8Array, stepMs: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from(start);
  const until = Date.now() + TIMEOUT_MS;
  while (Date.now() < until) {
    await pause(stepMs);
    yield Buffer.from(piece);
  }
}

describe(
  'a sender that is slow on purpose is answered 400 once and cut off, while others are served',
  { concurrent: true },
  () => {
    let platform: Platform;
    let fn: FunctionProcess;
    beforeAll(async () => {
      platform = await startPlatform();
      fn = await launch(platform);
    });
    afterAll(async () => {
      await fn.stop();
      await platform.close();
    });

    it.each<[string, () => AsyncGenerator<Uint8Array>]>([
      ['nothing after it connected', () => drip('', '', STEP_MS)],
      ['one header byte at a time', () => drip(`${HEAD}\r\nX-Slow: `, 'x', STEP_MS)],
      ['one body byte at a time (slowloris)', () => drip(`${HEAD}\r\nContent-Length: 100000\r\n\r\n`, ' ', STEP_MS)],
      ['half a body, then nothing', () => drip(`${HEAD}\r\nContent-Length: 100000\r\n\r\n{`, '', STEP_MS)],
      [
        'chunks without end, slowly',
        () => drip(`${HEAD}\r\nTransfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n', STEP_MS),
      ],
      ['chunks without end, fast', () => drip(`${HEAD}\r\nTransfer-Encoding: chunked\r\n\r\n`, CHUNK, 5)],
      ['a body of 100 MB as announced', () => drip(`${HEAD}\r\nContent-Length: 100000000\r\n\r\n`, CHUNK, 5)],
    ])('%s', { timeout: 30_000 }, async (_title, pieces) => {
      const answer = await exchangeRaw(fn.url, pieces());
      expect([answer.status, answer.count]).toEqual([400, 1]);
    });

    it('a tick meanwhile is done', async () => {
      expect(await sendTick(fn, freshSlot())).toMatchObject({ status: 200 });
      expect(platform.backend.calls.count()).toBe(1);
    });
  },
);
