import { gzipSync } from 'node:zlib';
import { CloudEvent } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { post, postEvent } from './post.ts';
import { headerOf } from '../../test/support/recorded.ts';
import { startSink, type SinkAnswer } from '../../test/support/recording-sink.ts';

const BODY = Buffer.from('{}');

const LINES: [string, string][] = [
  ['Host', 'x'],
  ['Content-Length', '2'],
];

async function postTo(answer: SinkAnswer, headers = LINES) {
  const sink = await startSink(() => answer);
  return { attempt: await post({ url: new URL(sink.url), headers, body: BODY }), requests: sink.requests };
}

it('sends the header lines it is given, in their order and case, and no other', async () => {
  const { requests } = await postTo({ status: 204 }, [
    ['Zulu', '1'],
    ['content-LENGTH', '2'],
    ['Host', 'x'],
  ]);
  expect(requests).toMatchObject([
    { method: 'POST', rawHeaders: ['Zulu', '1', 'content-LENGTH', '2', 'Host', 'x'], body: '{}' },
  ]);
});

it('puts the UTF-8 bytes of a header value on the wire', async () => {
  const { requests } = await postTo({ status: 204 }, [...LINES, ['Ce-Note', '双11']]);
  expect(Buffer.from(requests[0]?.rawHeaders[5] ?? '', 'latin1').toString()).toBe('双11');
});

it('reports status, headers and body of the answer', async () => {
  const { attempt } = await postTo({ status: 422, headers: { 'X-A': 'b' }, body: 'né' });
  expect(attempt).toMatchObject({ status: 422, body: 'né', headers: { 'x-a': 'b' } });
  expect(attempt.error).toBeUndefined();
  expect(attempt.durationMs).toBeGreaterThan(0);
});

it('reads a gzip body', async () => {
  const { attempt } = await postTo({ status: 200, headers: { 'content-encoding': 'gzip' }, body: gzipSync('packed') });
  expect(attempt).toMatchObject({ status: 200, body: 'packed' });
});

it('keeps the status and what came of a body that breaks off, and says so', async () => {
  const { attempt } = await postTo('cut');
  expect(attempt).toMatchObject({ status: 200, error: 'aborted', body: 'half' });
});

it('takes a header value that HTTP forbids for an attempt without status, and sends nothing', async () => {
  const { attempt, requests } = await postTo({ status: 204 }, [...LINES, ['Ce-Note', 'a\nb']]);
  expect(attempt).toMatchObject({ status: undefined, error: expect.stringContaining('Ce-Note') });
  expect(requests).toHaveLength(0);
});

it('names the error of a refused host name', async () => {
  const attempt = await post({ url: new URL('http://localhost:1'), headers: [['Host', 'x']], body: BODY });
  expect(attempt).toMatchObject({ status: undefined, error: expect.stringContaining('ECONNREFUSED') });
});

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
      'postEvent: sink: expected an http:// or https:// URL, got "ftp://x"',
    );
  });
});
