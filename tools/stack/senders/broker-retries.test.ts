import { describe, expect, it } from 'vitest';
import { deliver, EVENT, THREE_ATTEMPTS } from '../../../test/support/broker-env.ts';
import { createBroker, type BrokerOptions } from './broker.ts';
import { headerOf } from '../../../test/support/recorded.ts';
import { startSink } from '../../../test/support/recording-sink.ts';

const RETRIED = [404, 408, 409, 429, 500, 501, 502, 503, 504];
const GIVEN_UP_AT_ONCE = [302, 400, 401, 403, 405, 410, 413, 415, 422, 425];

describe('retries', () => {
  it.each(RETRIED)('follow on %i, then a dead letter', async (status) => {
    const { delivery, requests, deadLetters } = await deliver(() => ({ status }));
    expect(requests).toHaveLength(3);
    expect(deadLetters).toHaveLength(1);
    expect(delivery.ending).toBe('dead-letter');
  });

  it.each(GIVEN_UP_AT_ONCE)('do not follow on %i: a dead letter at once', async (status) => {
    const { delivery, requests, deadLetters, waitsMs } = await deliver(() => ({ status }));
    expect(requests).toHaveLength(1);
    expect(deadLetters).toHaveLength(1);
    expect(delivery.ending).toBe('dead-letter');
    expect(waitsMs).toEqual([]);
  });

  it('stop at the first acknowledgement', async () => {
    const { delivery, requests, deadLetters } = await deliver((n) => ({ status: n === 0 ? 503 : 202 }));
    expect(requests).toHaveLength(2);
    expect(deadLetters).toHaveLength(0);
    expect(delivery.ending).toBe('acknowledged');
  });

  it.each<[string, BrokerOptions['delivery'], number[]]>([
    ['exponential', { retry: 3, backoffPolicy: 'exponential', backoffDelay: 'PT0.5S' }, [500, 1000, 2000]],
    ['linear', { retry: 3, backoffPolicy: 'linear', backoffDelay: 'PT2S' }, [0, 2000, 4000]],
    ['none without a policy', { retry: 2, backoffDelay: 'PT1S' }, [0, 0]],
    ['none without a delay', { retry: 2, backoffPolicy: 'exponential' }, [0, 0]],
    ['no retry at all without `retry`', { backoffPolicy: 'exponential', backoffDelay: 'PT1S' }, []],
  ])('wait by the backoff: %s', async (_, delivery, expected) => {
    const { waitsMs, requests } = await deliver(() => ({ status: 503 }), { options: { delivery: delivery ?? {} } });
    expect(waitsMs).toEqual(expected);
    expect(requests).toHaveLength(expected.length + 1);
  });

  it('are 11 attempts over 204.6 s for a Trigger without delivery, then the event is lost', async () => {
    const sink = await startSink(() => ({ status: 500 }));
    const waitsMs: number[] = [];
    const broker = createBroker({ sink: sink.url, sleep: async (ms) => void waitsMs.push(ms) });
    const delivery = await broker.deliver(EVENT);
    expect(sink.requests).toHaveLength(11);
    expect(waitsMs.reduce((sum, ms) => sum + ms, 0)).toBe(204_600);
    expect(delivery.ending).toBe('lost');
  });

  it('follow a broken connection; the dead letter says 500 and the dispatch error', async () => {
    const { delivery, requests, deadLetters } = await deliver(() => 'reset');
    expect(requests).toHaveLength(3);
    expect(delivery.ending).toBe('dead-letter');
    expect(headerOf(deadLetters[0], 'Ce-Knativeerrorcode')).toBe('500');
    expect(atob(headerOf(deadLetters[0], 'Ce-Knativeerrordata'))).toBe(
      `dispatch error: ${delivery.attempts[2]?.error}`,
    );
  });

  it('follow delivery.timeout; the dead letter does not say why', async () => {
    const spec = { ...THREE_ATTEMPTS, timeout: 'PT0.02S' };
    const { delivery, deadLetters } = await deliver(() => 'hang', { options: { delivery: spec } });
    expect(delivery.attempts.map(({ timedOut }) => timedOut)).toEqual([true, true, true]);
    expect(deadLetters).toHaveLength(1);
    expect(deadLetters.flatMap(({ rawHeaders }) => rawHeaders)).not.toContain('Ce-Knativeerrorcode');
  });
});
