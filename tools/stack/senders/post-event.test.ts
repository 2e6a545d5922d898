import { CloudEvent } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { postEvent } from './post-event.ts';
import { headerOf } from '../../../test/support/recorded.ts';
import { startSink } from '../../../test/support/recording-sink.ts';

const EVENT = new CloudEvent({
  id: 'm-1',
  source: '/bi-cron/cli',
  type: 'bi.cron.run.requested',
  time: '2026-11-22T05:40:00.000Z',
  runkey: 'backfill-7',
  data: { shopIds: ['100001'], note: '双11' },
});

describe('postEvent', () => {
  it('sends structured mode by default', async () => {
    const sink = await startSink(() => ({ status: 200, body: 'ok' }));
    const attempt = await postEvent(EVENT, { sink: sink.url });
    expect(attempt).toMatchObject({ status: 200, body: 'ok' });
    const [request] = sink.requests;
    expect(headerOf(request, 'content-type')).toBe('application/cloudevents+json; charset=utf-8');
    expect(JSON.parse(request?.body ?? '')).toEqual(EVENT.toJSON());
  });

  it('sends binary mode when told, with further headers', async () => {
    const sink = await startSink(() => ({ status: 200 }));
    await postEvent(EVENT, { sink: sink.url, mode: 'binary', headers: { traceparent: '00-1-2-01' } });
    const [request] = sink.requests;
    expect(headerOf(request, 'ce-id')).toBe('m-1');
    expect(headerOf(request, 'ce-runkey')).toBe('backfill-7');
    expect(headerOf(request, 'traceparent')).toBe('00-1-2-01');
    expect(JSON.parse(request?.body ?? '')).toEqual(EVENT.data);
  });

  it('sends Content-Length 0 for binary mode without data', async () => {
    const sink = await startSink(() => ({ status: 200 }));
    await postEvent(EVENT.cloneWith({ data: undefined }), { sink: sink.url, mode: 'binary' });
    expect(headerOf(sink.requests[0], 'content-length')).toBe('0');
  });

  it('sends once, whatever the answer', async () => {
    const sink = await startSink(() => ({ status: 503 }));
    expect(await postEvent(EVENT, { sink: sink.url })).toMatchObject({ status: 503 });
    expect(sink.requests).toHaveLength(1);
  });

  it('reports a timeout as an attempt without status', async () => {
    const sink = await startSink(() => 'hang');
    const attempt = await postEvent(EVENT, { sink: sink.url, requestTimeoutMs: 20 });
    expect(attempt).toMatchObject({ status: undefined, timedOut: true, error: 'no complete answer within 20 ms' });
  });

  it('reports a stop as an attempt without status', async () => {
    const attempt = await postEvent(EVENT, { sink: 'http://127.0.0.1:1', signal: AbortSignal.abort() });
    expect(attempt).toMatchObject({ status: undefined, error: 'stopped by the sender' });
  });

  it('refuses a sink that is no http URL', () => {
    expect(() => postEvent(EVENT, { sink: 'ftp://x' })).toThrow(
      'postEvent: sink: expected an http:// URL, got "ftp://x"',
    );
  });
});
