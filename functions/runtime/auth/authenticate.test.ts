import { describe, expect, it, vi } from 'vitest';
import { openFunction } from '../../../test/support/serve-function.ts';
import { manualHeaders, openHost, openWire, send, sendManual } from '../../../test/support/http.ts';
import { AUDIENCE, openIssuer, SUBJECT, type TestIssuer } from '../../../test/support/issuer.ts';

const SUBJECTS = 'system:serviceaccount:bi-cron:*';

async function open(issuer: TestIssuer, env: Record<string, string> = {}) {
  const token = { CALLER_AUTH: 'token', CALLER_ISSUER: issuer.url, CALLER_AUDIENCE: AUDIENCE };
  const { fn, backend, nacos } = await openFunction({}, undefined, { ...token, CALLER_SUBJECTS: SUBJECTS, ...env });
  const { port } = await openHost(fn);
  const call = (authorization: string | undefined, init: RequestInit = {}) =>
    send(port, {
      headers: { ...manualHeaders('m1'), ...(authorization === undefined ? {} : { authorization }) },
      ...init,
    });
  return { port, call, backend, nacos };
}

describe('with CALLER_AUTH token', () => {
  it('an event with a good token is run', async () => {
    const issuer = await openIssuer();
    const { call, backend } = await open(issuer);
    expect((await call(`Bearer ${await issuer.token()}`)).status).toBe(200);
    expect(backend.calls.count()).toBe(1);
  });

  it('one without is answered 401 and says what is wanted', async () => {
    const { call, backend } = await open(await openIssuer());
    const { status, headers, body } = await call(undefined);
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="bi-cron"']);
    expect(body).toEqual({
      outcome: 'rejected',
      reason: 'unauthenticated',
      message: 'authorization: expected a bearer token, got nothing',
      field: 'authorization',
    });
    expect(backend.calls.count()).toBe(0);
  });

  it('a subject that may not call is answered 403', async () => {
    const issuer = await openIssuer();
    const { call, backend } = await open(issuer, { CALLER_SUBJECTS: 'system:serviceaccount:other:*' });
    const { status, headers, body } = await call(`Bearer ${await issuer.token()}`);
    expect([status, headers.get('www-authenticate')]).toEqual([403, null]);
    expect(body).toMatchObject({
      outcome: 'rejected',
      reason: 'forbidden',
      message: `authorization: expected a subject of CALLER_SUBJECTS, got "${SUBJECT}"`,
    });
    expect(backend.calls.count()).toBe(0);
  });

  it('503 is the answer while the issuer cannot be asked, and 200 once it can', async () => {
    const issuer = await openIssuer();
    issuer.spoil('/keys', [500, '']);
    const { call, backend } = await open(issuer);
    const authorization = `Bearer ${await issuer.token()}`;
    expect(await call(authorization)).toMatchObject({
      status: 503,
      body: { outcome: 'unavailable', reason: 'issuer' },
    });
    issuer.spoil('/keys', undefined);
    expect((await call(authorization)).status).toBe(200);
    expect(backend.calls.count()).toBe(1);
  });

  it('the issuer is asked before the first event, and no more for those that follow', async () => {
    const issuer = await openIssuer();
    const { call } = await open(issuer);
    await vi.waitFor(() => expect(issuer.requests).toHaveLength(2));
    const authorization = `Bearer ${await issuer.token()}`;
    for (let turn = 0; turn < 3; turn += 1) expect((await call(authorization)).status).toBe(200);
    await call('Bearer not.a.token');
    expect(issuer.requests).toHaveLength(2);
  });

  it.each<[string, RequestInit]>([
    ['another method', { method: 'GET' }],
    ['no CloudEvent', { headers: { 'content-type': 'text/plain' }, body: 'x' }],
    ['a body of 2 MiB', { headers: manualHeaders('m1'), body: 'x'.repeat(2 * 1024 * 1024) }],
  ])('nothing else is answered without a token: %s is answered 401', async (_title, init) => {
    const { call } = await open(await openIssuer());
    expect(await call(undefined, init)).toMatchObject({ status: 401, body: { reason: 'unauthenticated' } });
  });

  it('two authorization headers are answered 401, though one of them is good', async () => {
    const issuer = await openIssuer();
    const { port, backend } = await open(issuer);
    const { socket, received } = openWire(port);
    const lines = Object.entries(manualHeaders('m1')).map(([name, value]) => `${name}: ${value}\r\n`);
    const good = `Authorization: Bearer ${await issuer.token()}\r\n`;
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${lines.join('')}${good}authorization: Bearer x.y.z\r\n\r\n`);
    await vi.waitFor(() => expect(received()).toMatch(/^HTTP\/1\.1 401 [^]*expected one header, got several/));
    expect(backend.calls.count()).toBe(0);
  });

  it('a huge token is answered 401, a larger one 400, and the process goes on', async () => {
    const issuer = await openIssuer();
    const { call } = await open(issuer);
    expect((await call(`Bearer a.b.${'c'.repeat(10_000)}`)).status).toBe(401);
    expect((await call(`Bearer a.b.${'c'.repeat(100_000)}`)).status).toBe(400);
    expect((await call(`Bearer ${await issuer.token()}`)).status).toBe(200);
  });

  it('a caller who breaks off while its token is checked harms nobody', async () => {
    const issuer = await openIssuer();
    issuer.spoil('/keys', 'hang');
    const { port, call, backend } = await open(issuer);
    await vi.waitFor(() => expect(issuer.requests).toHaveLength(2));
    const { socket } = openWire(port);
    const token = await issuer.token();
    const head = `POST / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100\r\n\r\n{`;
    await new Promise<void>((resolve) => socket.write(head, () => resolve()));
    socket.destroy();
    issuer.spoil('/keys', undefined);
    await vi.waitFor(async () => expect((await call(`Bearer ${token}`)).status).toBe(200), { timeout: 10_000 });
    expect(backend.calls.count()).toBe(1);
  });
});

it('with CALLER_AUTH off no token is asked for or looked at', async () => {
  const { fn } = await openFunction({}, undefined, { CALLER_AUTH: 'off' });
  const { port } = await openHost(fn);
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    expect((await sendManual(port, 'm1')).status).toBe(200);
    const headers = { ...manualHeaders('m2'), authorization: 'Bearer nonsense' };
    expect((await sendManual(port, 'm2', { headers })).status).toBe(200);
    const lines = write.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown);
    expect(lines).toEqual([
      {
        level: 'warn',
        time: expect.any(String) as string,
        task: 'probe',
        msg: 'CALLER_AUTH is off: every caller that reaches this port may start runs',
      },
    ]);
  } finally {
    write.mockRestore();
  }
});

it('an event from the process’s own environment, as a Job has it, needs no token', async () => {
  const issuer = await openIssuer();
  const { fn } = await openFunction({}, undefined, {
    CALLER_AUTH: 'token',
    CALLER_ISSUER: issuer.url,
    CALLER_AUDIENCE: AUDIENCE,
    CALLER_SUBJECTS: SUBJECTS,
  });
  const request = { method: 'POST', url: '/', rawHeaders: Object.entries(manualHeaders('m1')).flat() };
  const { signal } = new AbortController();
  const body = Promise.resolve(new Uint8Array());
  expect((await fn.handle({ ...request, body, isLocal: true }, signal)).ending.outcome).toBe('done');
  expect((await fn.handle({ ...request, body }, signal)).ending.reason).toBe('unauthenticated');
});
