import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fire, TICK } from '../../../test/support/ping-source-env.ts';
import { createPingSource } from './ping-source.ts';
import { headerOf, recordedByPingSource, shapeOf } from '../../../test/support/recorded.ts';
import { startSink } from '../../../test/support/recording-sink.ts';

/** Draws the given numbers one after the other. */
function drawing(...numbers: number[]): () => number {
  return () => numbers.shift() ?? 0;
}

describe('what a function receives', () => {
  it('is the request recorded from a PingSource without data, line by line', async () => {
    const random = drawing(496.5 / 500, 0.5244905);
    const { requests } = await fire(() => ({ status: 200 }), { random });
    expect(requests.map(shapeOf)).toEqual(recordedByPingSource.slice(0, 1).map(shapeOf));
  });

  it('is the request recorded from a PingSource with data, content type and an extension', async () => {
    const sink = await startSink(() => ({ status: 200 }));
    const source = createPingSource({
      name: 'increment-order',
      sink: sink.url,
      data: '{"shop_ids":["100001"]}',
      contentType: 'application/json',
      extensions: { task: 'incrementorder' },
      sleep: () => Promise.resolve(),
      random: drawing(201.5 / 500, 0.2459655),
    });
    await source.tick(new Date('2026-11-22T05:41:20Z'));
    expect(sink.requests.map(shapeOf)).toEqual(recordedByPingSource.slice(3, 4).map(shapeOf));
  });

  it('has no Content-Type when only data is set', async () => {
    const { requests } = await fire(() => ({ status: 200 }), { data: 'plain' });
    expect(requests).toMatchObject([{ body: 'plain' }]);
    expect(requests.flatMap(({ rawHeaders }) => rawHeaders)).not.toContain('Content-Type');
  });

  it('has no Content-Type and no body when only the content type is set', async () => {
    const { requests } = await fire(() => ({ status: 200 }), { contentType: 'application/json' });
    expect(requests).toMatchObject([{ body: '' }]);
    expect(requests.flatMap(({ rawHeaders }) => rawHeaders)).not.toContain('Content-Type');
  });

  it('names the namespace in Ce-Source and Kn-Namespace, and keeps path and query of the sink', async () => {
    const sink = await startSink(() => ({ status: 200 }));
    const source = createPingSource({
      name: 'full-order',
      namespace: 'bi',
      sink: `${sink.url}/run?x=1`,
      sleep: () => Promise.resolve(),
    });
    await source.tick();
    const [request] = sink.requests;
    expect(request?.url).toBe('/run?x=1');
    expect(headerOf(request, 'Ce-Source')).toBe('/apis/v1/namespaces/bi/pingsources/full-order');
    expect(headerOf(request, 'Kn-Namespace')).toBe('bi');
  });

  it('stamps ce-time after the jitter, from the clock when no instant is given', async () => {
    const sink = await startSink(() => ({ status: 200 }));
    let clock = TICK.getTime();
    const source = createPingSource({
      name: 'goods-onsale',
      sink: sink.url,
      sleep: async (ms) => void (clock += ms),
      now: () => new Date(clock),
      random: drawing(0.5, 0),
    });
    await source.tick();
    expect(headerOf(sink.requests[0], 'Ce-Time')).toBe('2026-11-22T05:40:00.25Z');
  });

  it('waits 0 to 499 whole milliseconds before the first attempt', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (drawn) => {
        const waits: number[] = [];
        const controller = new AbortController();
        const source = createPingSource({
          name: 'p',
          sink: 'http://127.0.0.1:1',
          signal: controller.signal,
          random: () => drawn,
          sleep: async (ms) => {
            waits.push(ms);
            controller.abort();
          },
        });
        await source.tick();
        expect(waits).toHaveLength(1);
        expect(waits[0]).toSatisfy((ms: number) => Number.isInteger(ms) && ms >= 0 && ms <= 499);
      }),
    );
  });
});

describe('options', () => {
  it.each([
    [
      'a sink that is no URL',
      { sink: 'goods-onsale' },
      'PingSource p: sink: expected an http:// URL, got "goods-onsale"',
    ],
    ['an https sink', { sink: 'https://x' }, 'PingSource p: sink: expected an http:// URL, got "https://x"'],
    [
      'JSON data that does not parse',
      { data: '{', contentType: 'application/json' },
      'PingSource p: data: expected JSON',
    ],
    ['JSON data that is a list', { data: '[]', contentType: 'application/json' }, 'expected a JSON object'],
    ['an extension with a dash', { extensions: { 'run-key': 'x' } }, 'got "run-key"'],
    ['an extension named as an attribute', { extensions: { time: 'x' } }, 'got "time"'],
  ])('refuses %s', (_, options, message) => {
    expect(() => createPingSource({ name: 'p', sink: 'http://127.0.0.1:1', ...options })).toThrow(message);
  });
});
