import { describe, expect, it } from 'vitest';
import { deliver, EVENT } from '../../../test/support/broker-env.ts';
import { createBroker } from './broker.ts';
import { headerOf, recordedScenario, shapeOf } from '../../../test/support/recorded.ts';
import { startSink } from '../../../test/support/recording-sink.ts';

describe('dead letters', () => {
  const errorBody = '{"code":"SHOP_UNKNOWN","msg":"shop 100001 not allowed"}';

  it('are the recorded request: the event, its error, the brokerttl, no Prefer', async () => {
    const [recorded] = recordedScenario('dead letter of the 422 above');
    const { deadLetters, sink, requests } = await deliver(() => ({ status: 422, body: errorBody }));
    expect(deadLetters.map(shapeOf)).toEqual([shapeOf(recorded)]);
    expect(headerOf(deadLetters[0], 'Ce-Knativeerrordest')).toBe(sink.url);
    expect(requests.map(shapeOf)).toEqual(recordedScenario('Trigger delivery, function answers 422').map(shapeOf));
  });

  it('take an error body of 768 bytes', async () => {
    const { delivery, deadLetters } = await deliver(() => ({ status: 500, body: 'é'.repeat(384) }));
    expect(delivery.ending).toBe('dead-letter');
    expect(headerOf(deadLetters[0], 'Ce-Knativeerrordata')).toHaveLength(1024);
  });

  it('crash the dispatcher on an error body of 769 bytes', async () => {
    const { delivery, deadLetters } = await deliver(() => ({ status: 500, body: `${'é'.repeat(384)}!` }));
    expect(delivery.ending).toBe('dispatcher-crash');
    expect(deadLetters).toHaveLength(0);
  });

  it('are sent again by the same rule, and may answer 2xx with any body', async () => {
    const { delivery, deadLetters, waitsMs } = await deliver(() => ({ status: 400 }), {
      deadLetter: (n) => (n === 0 ? { status: 503 } : { status: 200, body: 'thanks' }),
    });
    expect(deadLetters).toHaveLength(2);
    expect(deadLetters[1]).toEqual(deadLetters[0]);
    expect(delivery.deadLetterAttempts?.map(({ status }) => status)).toEqual([503, 200]);
    expect(delivery.ending).toBe('dead-letter');
    expect(waitsMs).toEqual([0]);
  });

  it('that nobody takes are lost', async () => {
    const { delivery, deadLetters } = await deliver(() => ({ status: 400 }), { deadLetter: () => ({ status: 413 }) });
    expect(deadLetters).toHaveLength(1);
    expect(delivery.ending).toBe('lost');
  });

  it('do not exist without a dead letter sink: the event is lost', async () => {
    const sink = await startSink(() => ({ status: 400, body: 'x'.repeat(1000) }));
    const delivery = await createBroker({ sink: sink.url }).deliver(EVENT);
    expect(delivery).toMatchObject({ eventId: EVENT.id, ending: 'lost' });
    expect(delivery.deadLetterAttempts).toBeUndefined();
  });

  it('are not sent when the producer hangs up: the retries stop and the event is lost', async () => {
    const stop = new AbortController();
    const { delivery, requests, deadLetters } = await deliver(() => ({ status: 503 }), {
      options: { signal: stop.signal, sleep: async () => stop.abort() },
    });
    expect(requests).toHaveLength(1);
    expect(deadLetters).toHaveLength(0);
    expect(delivery.ending).toBe('lost');
    expect(delivery.deadLetterAttempts).toBeUndefined();
  });
});
