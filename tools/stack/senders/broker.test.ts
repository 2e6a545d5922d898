import { describe, expect, it } from 'vitest';
import { arrivalAt, deliver, EVENT, RESULT, structured } from '../../../test/support/broker-env.ts';
import { createBroker } from './broker.ts';
import { headerOf, recordedScenario, shapeOf } from '../../../test/support/recorded.ts';
import { startSink } from '../../../test/support/recording-sink.ts';

describe('what a function receives', () => {
  it('is the recorded request, the same at each of the three attempts', async () => {
    const recorded = recordedScenario('Trigger delivery, function answers 503 each time (retry 2, linear PT0.5S)');
    const { requests, waitsMs } = await deliver(() => ({ status: 503, headers: { 'retry-after': '3' } }));
    expect(requests.map(shapeOf)).toEqual(recorded.map(shapeOf));
    expect(waitsMs).toEqual([0, 500]);
  });

  it('is the recorded structured-mode request when delivery.format is json', async () => {
    const recorded = recordedScenario('Trigger with delivery.format: json (structured mode)');
    const sink = await startSink(() => ({ status: 204 }));
    const broker = createBroker({
      sink: `${sink.url}/204`,
      delivery: { format: 'json' },
      ...arrivalAt('2026-11-22T06:20:19.365794693Z'),
    });
    const { specversion, datacontenttype, data } = EVENT;
    await broker.deliver({ specversion, id: 'fmt-2', source: '/lab', type: 'lab.fmt', datacontenttype, data });
    expect(sink.requests.map(shapeOf)).toEqual(recorded.map(shapeOf));
  });

  it("is, of another function's structured reply, the recorded binary request", async () => {
    const recorded = recordedScenario(
      'the result CloudEvent of another function, re-delivered by the Broker to a second Trigger',
    );
    const { delivery } = await deliver(() => structured(RESULT));
    const second = await deliver(() => ({ status: 204 }), {
      event: delivery.reply ?? EVENT,
      options: arrivalAt('2026-11-22T06:10:40.646958266Z'),
    });
    expect(second.requests.map(shapeOf)).toEqual(recorded.map(shapeOf));
  });

  it('drops authorization and unknown headers, passes traceparent, x-request-id and knative-*', async () => {
    const { requests } = await deliver(() => ({ status: 204 }), {
      headers: {
        Authorization: 'Bearer secret',
        Cookie: 'a=b',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        'x-request-id': 'r-1',
        'Knative-Lab': 'k',
      },
    });
    const [request] = requests;
    expect(request?.rawHeaders).not.toContain('Authorization');
    expect(request?.rawHeaders).not.toContain('Cookie');
    expect(headerOf(request, 'Traceparent')).toBe('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
    expect(headerOf(request, 'X-Request-Id')).toBe('r-1');
    expect(headerOf(request, 'Knative-Lab')).toBe('k');
  });

  it('carries the time of this arrival in place of an earlier one', async () => {
    const event = { ...EVENT, knativearrivaltime: '2020-01-01T00:00:00Z' };
    const { requests } = await deliver(() => ({ status: 204 }), { event });
    expect(headerOf(requests[0], 'Ce-Knativearrivaltime')).toBe('2026-11-22T06:10:40.49956844Z');
  });
});
