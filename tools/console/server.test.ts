import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LocalCluster } from '../dev/local-cluster.ts';
import { startConsole, type ConsoleServer } from './server.ts';
import type { ConsoleState, OrderAnswer, RequestForm, RunDetail } from './state.ts';

describe('console server', { timeout: 60_000 }, () => {
  let cluster: LocalCluster;
  let page: ConsoleServer;

  beforeAll(async () => {
    cluster = new LocalCluster({ speed: 1, at: new Date('2026-11-22T05:44:00Z') });
    await cluster.start();
    page = await startConsole(cluster, 0);
  });
  afterAll(async () => {
    await page.close();
    await cluster.close();
  });

  const get = (path: string): Promise<Response> => fetch(new URL(path, page.url));
  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(new URL(path, page.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-bi-cron-console': '1' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const answerOf = async <Answer>(response: Promise<Response>): Promise<Answer> =>
    (await response).json() as Promise<Answer>; // the server under test
  const first = async (): Promise<ConsoleState> => {
    const stop = new AbortController();
    const response = await fetch(new URL('/api/feed', page.url), { signal: stop.signal });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes('\n\n')) break;
    }
    stop.abort();
    return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '') as ConsoleState; // the server under test
  };

  it.each(['/', '/app.js', '/style.css', '/theme.js', '/favicon.svg'])(
    'serves %s under a policy without inline script, eval or other hosts',
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self';/,
      );
      expect(response.headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
    },
  );

  it('answers neither a rebound name nor a forged change', async () => {
    const status = await new Promise((resolve) => {
      request(page.url, { headers: { host: 'evil.example' } }, (response) => {
        resolve(response.resume().statusCode);
      }).end();
    });
    expect(status).toBe(421);
    const forged = await fetch(new URL('/api/faults/nacos-down', page.url), { method: 'POST', body: '{"isOn":true}' });
    expect(forged.status).toBe(403);
    expect(cluster.faults.list().some(({ isOn }) => isOn)).toBe(false);
  });

  it('feeds the whole state to a page that connects', async () => {
    const state = await first();
    expect(state.tasks.map(({ name, schedule }) => [name, schedule?.words])).toEqual([
      ['full-order', 'At 02:45, every day'],
      ['goods-onsale', 'At 7 minutes past the hour'],
      ['increment-order', 'Every 10 minutes, minutes 3 through 59 past the hour'],
      ['inventory-fetch', 'At 11 and 41 minutes past the hour'],
    ]);
    expect(state.tasks[2]).toMatchObject({
      state: 'zero',
      inFlight: 0,
      next: ['2026-11-22T05:53:00.000Z', '2026-11-22T06:03:00.000Z', '2026-11-22T06:13:00.000Z'],
    });
    expect(state.clock.speed).toBe(1);
    expect(state.documents.map(({ dataId }) => dataId)).toEqual(['bi-cron.yaml', 'bi-cron-dev.yaml']);
  });

  it('makes the form from the .proto file and its defaults from the configuration', async () => {
    const form = await answerOf<RequestForm>(get('/api/tasks/increment-order/form'));
    expect(form.fields.map(({ name, kind, type }) => [name, kind, type])).toEqual([
      ['window', 'group', 'bi.cron.v1.Window'],
      ['shopIds', 'list', 'repeated string'],
      ['pageSize', 'number', 'int32'],
    ]);
    expect(form.fields[0]?.fields.map(({ name, kind }) => [name, kind])).toEqual([
      ['start', 'time'],
      ['end', 'time'],
    ]);
    expect(form.fields[2]?.comment).toBe('Orders per upstream page, 1 to 100 (40 to 50 advised).');
    expect(form.defaults).toMatchObject({ shopIds: ['100001', '100002', '100003'], pageSize: 50 });
    expect(form.longestStepMs).toBe(86_400_000);
  });

  it('runs a task and tells all about the run', async () => {
    const { runId, status } = await answerOf<OrderAnswer>(
      post('/api/tasks/increment-order/run', { data: { pageSize: 40 } }),
    );
    expect(status).toBe(200);
    const detail = await vi.waitFor(async () => {
      const found = await answerOf<RunDetail>(get(`/api/runs/${runId}`));
      expect(found.answers[0]?.line).toBeDefined();
      return found;
    }, 20_000);
    expect(detail.event?.attributes).toMatchObject({ type: 'bi.cron.run.requested', source: '/bi-cron/console' });
    expect(detail.config).toContainEqual({
      key: 'tasks.increment-order.lookback',
      value: '2h',
      origin: 'bi-cron.yaml:14',
    });
    expect(detail.calls).toMatchObject([
      { method: 'TaobaoSyncIncrementOrder', outcome: 'ok', request: { pageSize: 40 } },
    ]);
    expect(detail.answers[0]).toMatchObject({
      status: 200,
      body: { type: 'bi.cron.run.done' },
      line: { outcome: 'done' },
    });
    expect(detail.answers[0]?.verdicts.map(({ sender }) => sender)).toEqual(['PingSource', 'Broker']);
    expect((await first()).runs).toMatchObject([
      { id: runId, kind: 'manual', outcome: 'done', isCold: true, isLost: false },
    ]);
  });

  it('checks an order in the words in which the function refuses it', async () => {
    const data = { pageSize: 500, window: { start: '2026-11-22T00:00:00Z', end: '2026-11-21T00:00:00Z' } };
    const checked = await answerOf<{ message: string }>(post('/api/tasks/increment-order/check', { data }));
    const sent = await answerOf<OrderAnswer>(post('/api/tasks/increment-order/run', { data }));
    expect(sent.status).toBe(400);
    expect(checked.message).toContain('data.pageSize: expected 1 to 100, got 500');
    expect(sent.message).toBe(checked.message);
  });

  it('backfills window after window, and repeats nothing when asked again', async () => {
    const body = { from: '2026-11-20T00:00:00Z', to: '2026-11-22T00:00:00Z', stepMs: 86_400_000, data: {} };
    const workBefore = cluster.platform.backends[0]?.workDone ?? 0;
    for (const _time of ['once', 'again']) {
      expect(await answerOf(post('/api/tasks/increment-order/backfill', body))).toEqual({ windows: 2 });
      await vi.waitFor(async () => {
        expect((await first()).backfills).toMatchObject([
          { task: 'increment-order', state: 'done', done: 2, windows: 2 },
        ]);
      }, 20_000);
    }
    expect((cluster.platform.backends[0]?.workDone ?? 0) - workBefore).toBe(2);
  });

  it('pauses a task and resumes it', async () => {
    const pausedOf = async () => (await first()).tasks.find(({ name }) => name === 'full-order')?.paused;
    await post('/api/tasks/full-order/pause', { reason: 'shop migration' });
    expect(await pausedOf()).toBe('shop migration');
    await post('/api/tasks/full-order/pause', { reason: null });
    expect(await pausedOf()).toBeUndefined();
  });

  it('saves a document that the functions could read, and a broken one only when told twice', async () => {
    const { documents } = await first();
    const content = documents[1]?.content.replace('3d', 'soon') ?? '';
    const path = '/api/documents/bi-cron-dev.yaml';
    const refused = await answerOf<{ isSaved: boolean; problems: unknown[] }>(post(path, { content, force: false }));
    expect(refused).toMatchObject({ isSaved: false, problems: [{ tasks: ['full-order'] }] });
    expect((await first()).documents).toEqual(documents);
    expect(await answerOf(post(path, { content, force: true }))).toMatchObject({ isSaved: true });
    const { runId, status } = await answerOf<OrderAnswer>(post('/api/tasks/full-order/run', { data: {} }));
    expect(status).toBe(422);
    expect((await answerOf<RunDetail>(get(`/api/runs/${runId}`))).configProblem).toContain('tasks.full-order.lookback');
    expect(await answerOf(post(path, { content: documents[1]?.content, force: false }))).toMatchObject({
      isSaved: true,
    });
  });

  it('switches one fault per part on, and off again', async () => {
    const on = async (): Promise<string[]> => (await first()).faults.filter(({ isOn }) => isOn).map(({ name }) => name);
    await post('/api/faults/nacos-slow', { isOn: true });
    await post('/api/faults/instances-dead', { isOn: true });
    await post('/api/faults/backend-fails', { isOn: true });
    expect(await on()).toEqual(['instances-dead', 'backend-fails']);
    const { status } = await answerOf<OrderAnswer>(post('/api/tasks/goods-onsale/run', { data: {} }));
    expect(status).toBe(503);
    await post('/api/faults/instances-dead', { isOn: false });
    const second = await answerOf<OrderAnswer>(post('/api/tasks/goods-onsale/run', { data: {} }));
    expect([second.status, second.message]).toEqual([503, expect.stringContaining('INTERNAL')]);
    await post('/api/faults/backend-fails', { isOn: false });
    expect(await on()).toEqual([]);
  });

  it('sets the speed, and jumps to a moment before a tick', async () => {
    await post('/api/clock', { speed: 2 });
    await post('/api/clock', { jumpTo: 'full-order' });
    const msLeft = Date.parse('2026-11-22T18:45:00Z') - cluster.clock.now().getTime();
    expect(msLeft).toBeGreaterThan(0);
    expect(msLeft).toBeLessThanOrEqual(6000);
    await post('/api/clock', { speed: 1 });
  });

  it.each([
    ['GET', '/api/tasks/no-such-task/form', 404, 'task: expected one of full-order', undefined],
    ['GET', '/api/runs/none', 404, 'run: expected one of the latest', undefined],
    ['GET', '/nowhere', 404, 'expected a path of the console', undefined],
    ['POST', '/api/clock', 400, 'speed', { speed: 0 }],
    ['POST', '/api/faults/none', 400, 'fault: expected one of nacos-down', { isOn: true }],
    ['POST', '/api/tasks/full-order/pause', 400, 'reason: expected a reason', { reason: '' }],
    ['POST', '/api/tasks/full-order/run', 400, 'data: expected an object', { data: [] }],
    ['POST', '/api/tasks/full-order/run', 400, 'JSON', '{'],
    [
      'POST',
      '/api/tasks/full-order/backfill',
      400,
      'from: expected an RFC 3339',
      { from: 'x', to: 'y', stepMs: 1, data: {} },
    ],
    ['POST', '/api/documents/other.yaml', 400, 'dataId: expected one of', { content: 'env: dev', force: true }],
    [
      'POST',
      '/api/documents/bi-cron.yaml',
      400,
      'body: expected at most',
      { content: 'x'.repeat(300_000), force: false },
    ],
  ])('answers %s %s with %i, %s', async (method, path, status, message, body) => {
    const response = await (method === 'GET' ? get(path) : post(path, body));
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(message);
  });

  it('takes the next free port when its own is taken', async () => {
    const taken = Number(new URL(page.url).port);
    const second = await startConsole(cluster, taken);
    expect(Number(new URL(second.url).port)).toBeGreaterThan(taken);
    await second.close();
  });
});
