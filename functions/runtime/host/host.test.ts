import { describe, expect, test } from 'vitest';
import { waitUntil } from '../../../test/support/wait-until.ts';
import { recordedByPingSource } from '../../../test/support/recorded.ts';
import { startHost } from './host.ts';
import { openFunction } from '../../../test/support/serve-function.ts';
import { manualHeaders, openHost, openWire, requestText, send, sendManual } from '../../../test/support/http.ts';

async function open() {
  const { fn, backend } = await openFunction();
  const { port } = await openHost(fn);
  return { port, backend };
}

test('answers a manual event with the result of its run', async () => {
  const { port, backend } = await open();
  const { status, headers, body } = await sendManual(port, 'm1');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/cloudevents+json');
  expect(body).toMatchObject({
    type: 'bi.cron.run.done',
    subject: 'probe',
    data: { runKey: 'probe@manual:m1', outcome: 'done', target: backend.address, summary: { rows: 7 } },
  });
});

test('answers what a PingSource was recorded to send: three attempts of one tick, two ticks within a minute', async () => {
  const { port, backend } = await open();
  const outcomes: string[] = [];
  for (const { rawHeaders, body } of recordedByPingSource) {
    const { socket, received } = openWire(port);
    const lines = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`));
    socket.write(`POST / HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
    await waitUntil(() => expect(received()).toMatch(/^HTTP\/1\.1 200 [^]*\}$/));
    outcomes.push(/"type":"bi\.cron\.run\.(\w+)"/.exec(received())?.[1] ?? 'none');
  }
  expect(outcomes).toEqual(['done', 'skipped', 'skipped', 'done', 'skipped']);
  expect(backend.calls.all().map(({ runKey }) => runKey)).toEqual([
    'probe@2026-11-22T05:40:00Z',
    'probe@2026-11-22T05:41:00Z',
  ]);
});

describe('refuses', () => {
  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s with 405 and says what is allowed', async (method) => {
    const { port, backend } = await open();
    const { status, headers, body } = await send(port, { method, headers: manualHeaders('m1') });
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe('POST');
    expect(body).toEqual({
      outcome: 'rejected',
      reason: 'method',
      message: `method: expected POST, got "${method}"`,
      field: 'method',
    });
    expect(backend.calls.count()).toBe(0);
  });

  test('HEAD with 405 and no body', async () => {
    const { port } = await open();
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD' });
    expect(response.status).toBe(405);
    expect(await response.text()).toBe('');
  });

  test.each(['/health', '/favicon.ico', '//', '/%2e'])(
    'the path %s with 400, which no sender repeats',
    async (path) => {
      const { port } = await open();
      const { socket, ended } = openWire(port);
      const headers = { host: 'x', ...manualHeaders('m1'), 'content-length': '0', connection: 'close' };
      socket.write(requestText(`POST ${path} HTTP/1.1`, headers));
      const answer = await ended;
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain(`path: expected /, got \\"${path}\\"`);
    },
  );

  test('a request that is no event with 400', async () => {
    const { port } = await open();
    expect(await send(port)).toMatchObject({
      status: 400,
      body: {
        outcome: 'rejected',
        reason: 'event',
        message: 'ce-specversion: expected "1.0", got nothing',
        field: 'ce-specversion',
      },
    });
  });

  test.each([
    ['no HTTP at all', 'hello\r\n\r\n', 'HPE_INVALID_METHOD'],
    ['an unknown method', 'BREW / HTTP/1.1\r\n\r\n', 'HPE_INVALID_METHOD'],
    [
      'headers over 80 KiB',
      requestText('POST / HTTP/1.1', { host: 'x', a: 'x'.repeat(82_000) }),
      'HPE_HEADER_OVERFLOW',
    ],
    [
      'two lengths',
      requestText('POST / HTTP/1.1', { host: 'x', 'content-length': '1', 'Content-Length': '2' }),
      'HPE_UNEXPECTED_CONTENT_LENGTH',
    ],
    [
      'a length and chunks',
      requestText('POST / HTTP/1.1', { host: 'x', 'content-length': '1', 'transfer-encoding': 'chunked' }),
      'HPE_INVALID_TRANSFER_ENCODING',
    ],
  ])('%s with 400 and closes the connection', async (_title, text, code) => {
    const { port, backend } = await open();
    const { socket, ended } = openWire(port);
    socket.write(text);
    const [head = '', body = ''] = (await ended).split('\r\n\r\n');
    expect(head.split('\r\n')).toEqual([
      'HTTP/1.1 400 Bad Request',
      'Content-Type: application/json',
      'X-Content-Type-Options: nosniff',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ]);
    expect(JSON.parse(body)).toEqual({
      outcome: 'rejected',
      reason: 'event',
      message: `request: expected HTTP/1.1 within limits, got ${code}`,
      field: 'request',
    });
    expect(backend.calls.count()).toBe(0);
    expect((await sendManual(port, 'm1')).status).toBe(200);
  });

  test.each([
    ['without Host', {}, 'nothing'],
    ['with two of them', { host: 'x', Host: 'x' }, 'several'],
  ])('a request %s in words of ours, as HTTP/1.1 demands', async (_title, hosts, got) => {
    const { port, backend } = await open();
    const { socket, ended } = openWire(port);
    socket.write(requestText('POST / HTTP/1.1', { ...hosts, ...manualHeaders('m1'), 'content-length': '0' }));
    const [head = '', body = ''] = (await ended).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 [^]*^content-type: application\/json\r$/im);
    expect(JSON.parse(body)).toEqual({
      outcome: 'rejected',
      reason: 'event',
      message: `host: expected one header (RFC 9112), got ${got}`,
      field: 'host',
    });
    expect(backend.calls.count()).toBe(0);
  });

  test('no request of HTTP/1.0 for having no Host', async () => {
    const { port } = await open();
    const { socket, ended } = openWire(port);
    socket.write(requestText('POST / HTTP/1.0', { ...manualHeaders('m1'), 'content-length': '0' }));
    expect(await ended).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('no event whose attributes have 64 KiB in all', async () => {
    const { port } = await open();
    const headers = { ...manualHeaders('m1'), 'ce-baggage': 'x'.repeat(65_000) };
    expect(await send(port, { headers })).toMatchObject({ status: 200 });
  });
});

test('keeps the connection for the next event', async () => {
  const { port } = await open();
  const { socket, received } = openWire(port);
  for (const [count, id] of ['m1', 'm2'].entries()) {
    socket.write(requestText('POST / HTTP/1.1', { host: 'x', ...manualHeaders(id), 'content-length': '0' }));
    await waitUntil(() => expect(received().match(/HTTP\/1\.1 200 /g)).toHaveLength(count + 1));
  }
  expect(received()).toContain('probe@manual:m2');
  expect(received()).toMatch(/^Connection: keep-alive\r$/m);
  expect(received()).toMatch(/^Keep-Alive: timeout=120\r$/m);
});

test('a caller who hangs up in mid-call ends the call at the backend', async () => {
  const { port, backend } = await open();
  backend.faults.set({ kind: 'hang' });
  const arrived = backend.calls.next();
  const { socket } = openWire(port);
  socket.write(requestText('POST / HTTP/1.1', { host: 'x', ...manualHeaders('m1'), 'content-length': '0' }));
  const call = await arrived;
  expect(call.outcome).toBe('pending');
  socket.destroy();
  expect(await call.ended).toBe('cancelled');
  backend.faults.clear();
  expect((await sendManual(port, 'm2')).status).toBe(200);
});

test('a port that is taken is refused', async () => {
  const { fn } = await openFunction();
  const { port } = await openHost(fn);
  await expect(startHost(fn, port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
