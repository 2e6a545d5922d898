import { describe, expect, it } from 'vitest';
import { fire, TICK } from '../../../test/support/ping-source-env.ts';
import { createPingSource } from './ping-source.ts';
import { headerOf } from '../../../test/support/recorded.ts';
import { startSink } from '../../../test/support/recording-sink.ts';

describe('retries', () => {
  const BACKOFF_MS = [100, 200, 400, 800, 1600];

  it.each([404, 413, 425, 429, 502, 503, 504])('sends six times on %i, then the tick is lost', async (status) => {
    const { delivery, requests, waitsMs } = await fire(() => ({ status }));
    expect(requests).toHaveLength(6);
    expect(delivery.attempts.map((attempt) => attempt.status)).toEqual(Array(6).fill(status));
    expect(delivery.ending).toBe('lost');
    expect(waitsMs).toEqual([0, ...BACKOFF_MS]);
  });

  it.each([302, 400, 401, 403, 405, 408, 409, 410, 415, 422, 500, 501])(
    'sends once on %i, then the tick is lost',
    async (status) => {
      const { delivery, requests, waitsMs } = await fire(() => ({ status }));
      expect(requests).toHaveLength(1);
      expect(delivery.ending).toBe('lost');
      expect(waitsMs).toEqual([0]);
    },
  );

  it.each([200, 202, 204])('takes %i for an acknowledgement', async (status) => {
    const { delivery, requests } = await fire(() => ({ status }));
    expect(requests).toHaveLength(1);
    expect(delivery.ending).toBe('acknowledged');
  });

  it('does not look at the body of a 2xx', async () => {
    const { delivery, requests } = await fire(() => ({ status: 200, body: '{"no":"event"}' }));
    expect(requests).toHaveLength(1);
    expect(delivery).toMatchObject({ ending: 'acknowledged', attempts: [{ body: '{"no":"event"}' }] });
  });

  it('ignores Retry-After', async () => {
    const { waitsMs } = await fire(() => ({ status: 503, headers: { 'retry-after': '30' } }));
    expect(waitsMs).toEqual([0, ...BACKOFF_MS]);
  });

  it('sends the very same lines each time, and stops at the first 2xx', async () => {
    const { delivery, requests, waitsMs } = await fire((n) => ({ status: n < 2 ? 503 : 200 }), { random: Math.random });
    expect(requests).toHaveLength(3);
    expect(requests).toEqual(Array(3).fill(requests[0]));
    expect(headerOf(requests[0], 'Ce-Id')).toBe(delivery.eventId);
    expect(delivery.ending).toBe('acknowledged');
    expect(waitsMs.slice(1)).toEqual([100, 200]);
  });

  it('gives each tick an id of its own', async () => {
    const sink = await startSink(() => ({ status: 200 }));
    const source = createPingSource({ name: 'goods-onsale', sink: sink.url, sleep: () => Promise.resolve() });
    const deliveries = await Promise.all([source.tick(TICK), source.tick(TICK)]);
    expect(new Set(deliveries.map(({ eventId }) => eventId)).size).toBe(2);
    expect(new Set(sink.requests.map((request) => headerOf(request, 'Ce-Id'))).size).toBe(2);
  });

  it('retries a connection that breaks', async () => {
    const { delivery, requests } = await fire((n) => (n < 5 ? 'reset' : { status: 200 }));
    expect(requests).toHaveLength(6);
    expect(delivery.attempts.map(({ status }) => status)).toEqual([...Array(5).fill(undefined), 200]);
    expect(delivery.ending).toBe('acknowledged');
  });

  it('retries a connection that is refused', async () => {
    const { delivery } = await fire(() => 'hang', { sink: 'http://127.0.0.1:1' });
    expect(delivery.attempts).toHaveLength(6);
    expect(delivery.attempts[0]?.error).toContain('ECONNREFUSED');
    expect(delivery.ending).toBe('lost');
  });

  it('retries an attempt that outlasts the sink timeout', async () => {
    const { delivery } = await fire(() => 'hang', { requestTimeoutMs: 20 });
    expect(delivery.attempts.map(({ timedOut }) => timedOut)).toEqual(Array(6).fill(true));
    expect(delivery.ending).toBe('lost');
  });
});

describe('being stopped', () => {
  it('breaks the attempt under way and loses the tick', async () => {
    const stop = new AbortController();
    const { delivery, requests } = await fire(
      () => {
        setImmediate(() => stop.abort());
        return 'hang';
      },
      { signal: stop.signal },
    );
    expect(requests).toHaveLength(1);
    expect(delivery).toMatchObject({
      ending: 'lost',
      attempts: [{ status: undefined, error: 'stopped by the sender' }],
    });
  });

  it('sends nothing when stopped during the jitter, also with a sleep that rejects', async () => {
    const stop = new AbortController();
    const sleep = (): Promise<void> => {
      stop.abort();
      return Promise.reject(new Error('aborted'));
    };
    const { delivery, requests } = await fire(() => ({ status: 200 }), { signal: stop.signal, sleep });
    expect(requests).toHaveLength(0);
    expect(delivery).toMatchObject({ ending: 'lost', attempts: [] });
  });

  it('is not what a sleep that fails by itself means: its error goes to the caller', async () => {
    const sleep = (): Promise<void> => Promise.reject(new Error('no clock'));
    await expect(fire(() => ({ status: 200 }), { sleep })).rejects.toThrow('no clock');
  });
});
