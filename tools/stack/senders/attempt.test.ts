import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { post } from './attempt.ts';
import { startSink, type Answer } from '../../../test/support/recording-sink.ts';

const BODY = Buffer.from('{}');

const LINES: [string, string][] = [
  ['Host', 'x'],
  ['Content-Length', '2'],
];

async function postTo(answer: Answer, headers = LINES) {
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
