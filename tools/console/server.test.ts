import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listTasks } from '../project.ts';
import { startConsole } from './server.ts';
import type { RunRequestReply, RequestForm, RunDetail } from './state.ts';
import { answerOf, TestConsole } from '../../test/support/console.ts';

describe('console server', { timeout: 60_000 }, () => {
  const page = new TestConsole();
  const { cluster } = page;

  beforeAll(() => page.start());
  afterAll(() => page.close());

  it('feeds the whole state to a page that connects', async () => {
    const state = await page.state();
    expect(state.tasks.map(({ name }) => name)).toEqual(listTasks());
    const words = new Map(state.tasks.map(({ name, schedule }) => [name, schedule?.words]));
    expect(words.get('full-order')).toBe('At 02:45, every day');
    expect(words.get('goods-onsale')).toBe('At 7 minutes past the hour');
    expect(words.get('increment-order')).toBe('Every 10 minutes, minutes 3 through 59 past the hour');
    expect(words.get('inventory-fetch')).toBe('At 11 and 41 minutes past the hour');
    expect(state.tasks.find(({ name }) => name === 'increment-order')).toMatchObject({
      state: 'zero',
      inFlight: 0,
      next: ['2026-11-22T05:53:00.000Z', '2026-11-22T06:03:00.000Z', '2026-11-22T06:13:00.000Z'],
    });
    expect(state.clock.speed).toBe(1);
    expect(state.documents.map(({ dataId }) => dataId).slice(-2)).toEqual(['bi-cron.yaml', 'bi-cron-dev.yaml']);
  });

  it('feeds what Nacos lists, who registered it and whom the last run chose; a simulator goes and comes back', async () => {
    const { nacos, leke } = cluster.platform;
    const serviceOf = async () => {
      const { services } = await page.state();
      return services.filter(({ name }) => name === leke.name);
    };
    const simulator = { address: leke.address, protocol: 'HTTP v1', isSimulator: true, weight: '1', isHealthy: true };
    expect(await serviceOf()).toMatchObject([{ simulator: { isListed: true }, instances: [simulator] }]);

    const mine = { serviceName: leke.name, ip: '10.0.0.7', port: 9 };
    nacos.services.register({ ...mine, weight: 2.5, registeredBy: 'grpc', client: 'Nacos-Go-Client:v2.3.2' });
    nacos.services.register({ ...mine, groupName: 'MINE' });
    const set = (isListed: boolean) => page.post(`/api/simulators/${leke.name}`, { isListed });
    expect((await set(false)).status).toBe(200);
    const shown = { address: '10.0.0.7:9', client: 'Nacos-Go-Client:v2.3.2', protocol: 'gRPC', weight: '2.5' };
    expect(await serviceOf()).toMatchObject([
      { simulator: { isListed: false }, instances: [{ ...shown, isSimulator: false }] },
      { elsewhere: 'group MINE of namespace public' },
    ]);

    nacos.services.deregister(mine);
    nacos.services.deregister({ ...mine, groupName: 'MINE' });
    const refused = await answerOf<RunRequestReply>(page.post('/api/tasks/goods-onsale/run', { data: {} }));
    expect(refused.message).toMatch(/^bi-api-leke in group DEFAULT_GROUP: .*instance/);
    await vi.waitFor(async () => {
      const lastRun = { id: refused.runId, task: 'goods-onsale' };
      expect(await serviceOf()).toMatchObject([{ instances: [], lastRun }]);
    }, 10_000);

    await Promise.all([set(true), set(true)]); // of two tabs
    const ran = await answerOf<RunRequestReply>(page.post('/api/tasks/goods-onsale/run', { data: {} }));
    expect(ran.status).toBe(200);
    await vi.waitFor(async () => {
      const lastRun = { id: ran.runId, task: 'goods-onsale', address: leke.address };
      expect(await serviceOf()).toMatchObject([{ instances: [simulator], lastRun }]);
    }, 10_000);
    expect((await page.post('/api/simulators/mine', { isListed: true })).status).toBe(400);
  });

  it('makes the form from the .proto file and its defaults from the configuration', async () => {
    const form = await answerOf<RequestForm>(page.get('/api/tasks/increment-order/form'));
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
    expect(form.longestStepMs).toBe(86_400_000 - 600_000);
  });

  it('runs a task and tells all about the run', async () => {
    const { runId, status } = await answerOf<RunRequestReply>(
      page.post('/api/tasks/increment-order/run', { data: { pageSize: 40 } }),
    );
    expect(status).toBe(200);
    const detail = await vi.waitFor(async () => {
      const found = await answerOf<RunDetail>(page.get(`/api/runs/${runId}`));
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
    expect((await page.state()).runs.at(-1)).toMatchObject({
      id: runId,
      kind: 'manual',
      outcome: 'done',
      isCold: true,
      isLost: false,
    });
  });

  it('checks a request in the words in which the function refuses it', async () => {
    const data = { pageSize: 500, window: { start: '2026-11-22T00:00:00Z', end: '2026-11-21T00:00:00Z' } };
    const checked = await answerOf<{ message: string }>(page.post('/api/tasks/increment-order/check', { data }));
    const sent = await answerOf<RunRequestReply>(page.post('/api/tasks/increment-order/run', { data }));
    expect(sent.status).toBe(400);
    expect(sent.runId).toBeUndefined();
    expect(cluster.history.list().some(({ attempts }) => attempts.some(({ status }) => status === 400))).toBe(false);
    expect(checked.message).toContain('data.pageSize: expected 1 to 100, got 500');
    expect(sent.message).toBe(checked.message);
  });

  it('backfills window after window, and repeats nothing when asked again', async () => {
    const body = { from: '2026-11-20T00:00:00Z', to: '2026-11-22T00:00:00Z', stepMs: 82_800_000, data: {} };
    const workBefore = cluster.platform.backends[0]?.workDone ?? 0;
    for (const _time of ['once', 'again']) {
      expect(await answerOf(page.post('/api/tasks/increment-order/backfill', body))).toEqual({ windows: 3 });
      await vi.waitFor(async () => {
        expect((await page.state()).backfills).toMatchObject([
          { task: 'increment-order', state: 'done', done: 3, windows: 3 },
        ]);
      }, 20_000);
    }
    expect((cluster.platform.backends[0]?.workDone ?? 0) - workBefore).toBe(3);
  });

  it('asks for a confirmation of many windows, and starts with it', async () => {
    const span = { from: '2026-11-16T00:00:00Z', to: '2026-11-21T00:00:00Z', stepMs: 3_600_000, data: {} };
    const path = '/api/tasks/increment-order/backfill';
    const refused = await page.post(path, span);
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('confirmedWindows: expected 120, because there are so many, got nothing'),
    ]);
    expect(await answerOf(page.post(path, { ...span, confirmedWindows: 120 }))).toEqual({ windows: 120 });
    await page.post(`${path}/stop`, {});
  });

  it('tells the second of two people who save one document', async () => {
    const { documents } = await page.state();
    const { content = '', etag = '' } = documents.find(({ dataId }) => dataId === 'bi-cron-dev.yaml') ?? {};
    const save = (text: string) =>
      page.post('/api/documents/bi-cron-dev.yaml', { content: text, force: false }, { 'if-match': etag });
    expect((await save(`# the first\n${content}`)).status).toBe(200);
    const second = await save(`# the second\n${content}`);
    expect([second.status, await second.text()]).toEqual([412, expect.stringContaining('somebody else has saved it')]);
    await page.post('/api/documents/bi-cron-dev.yaml', { content, force: false });
  });

  it('pauses a task and resumes it', async () => {
    const pausedOf = async () => (await page.state()).tasks.find(({ name }) => name === 'full-order')?.paused;
    await page.post('/api/tasks/full-order/pause', { reason: 'shop migration' });
    expect(await pausedOf()).toBe('shop migration');
    await page.post('/api/tasks/full-order/pause', { reason: null });
    expect(await pausedOf()).toBeUndefined();
  });

  it('saves a document that the functions could read, and a broken one only when told twice', async () => {
    const { documents } = await page.state();
    const before = documents.find(({ dataId }) => dataId === 'bi-cron-dev.yaml')?.content;
    const content = before?.replace('3d', 'soon') ?? '';
    const path = '/api/documents/bi-cron-dev.yaml';
    const refused = await answerOf<{ isSaved: boolean; problems: unknown[] }>(
      page.post(path, { content, force: false }),
    );
    expect(refused).toMatchObject({ isSaved: false, problems: [{ tasks: ['full-order'] }] });
    expect((await page.state()).documents).toEqual(documents);
    expect(await answerOf(page.post(path, { content, force: true }))).toMatchObject({ isSaved: true });
    const { runId, status } = await answerOf<RunRequestReply>(page.post('/api/tasks/full-order/run', { data: {} }));
    expect(status).toBe(422);
    expect((await answerOf<RunDetail>(page.get(`/api/runs/${runId}`))).configProblem).toContain(
      'tasks.full-order.lookback',
    );
    expect(await answerOf(page.post(path, { content: before, force: false }))).toMatchObject({
      isSaved: true,
    });
  });

  it('switches one fault per part on, and off again', async () => {
    const on = async (): Promise<string[]> =>
      (await page.state()).faults.filter(({ isOn }) => isOn).map(({ name }) => name);
    await page.post('/api/faults/nacos-slow', { isOn: true });
    await page.post('/api/faults/instances-dead', { isOn: true });
    await page.post('/api/faults/backend-fails', { isOn: true });
    expect(await on()).toEqual(['instances-dead', 'backend-fails']);
    const { status } = await answerOf<RunRequestReply>(page.post('/api/tasks/goods-onsale/run', { data: {} }));
    expect(status).toBe(503);
    await page.post('/api/faults/instances-dead', { isOn: false });
    const second = await answerOf<RunRequestReply>(page.post('/api/tasks/goods-onsale/run', { data: {} }));
    expect([second.status, second.message]).toEqual([503, expect.stringContaining('INTERNAL')]);
    await page.post('/api/faults/backend-fails', { isOn: false });
    expect(await on()).toEqual([]);
  });

  it('checks a document without saving it', async () => {
    const { documents } = await page.state();
    const checked = await answerOf<{ problems: { message: string }[] }>(
      page.post('/api/documents/bi-cron-dev.yaml/check', { content: 'env: prod' }),
    );
    expect(checked.problems[0]?.message).toContain('env');
    expect((await page.state()).documents).toEqual(documents);
  });

  it('sets the speed, and jumps to a moment before a tick', async () => {
    await page.post('/api/clock', { speed: 2 });
    await page.post('/api/clock', { jumpTo: 'full-order' });
    const msLeft = Date.parse('2026-11-22T18:45:00Z') - cluster.clock.now().getTime();
    expect(msLeft).toBeGreaterThan(0);
    expect(msLeft).toBeLessThanOrEqual(6000);
    await page.post('/api/clock', { speed: 1 });
  });

  it('never jumps back: the ticks in between would come twice', async () => {
    cluster.clock.set({ speed: 1, at: new Date('2026-11-22T18:44:50Z') });
    const before = cluster.clock.now();
    await page.post('/api/clock', { speed: 5 }); // a jump would aim at 15 s before the tick
    await page.post('/api/clock', { jumpTo: 'full-order' });
    expect(cluster.clock.now().getTime()).toBeGreaterThanOrEqual(before.getTime());
    cluster.clock.set({ speed: 1, at: new Date('2026-11-22T18:46:00Z') });
  });

  it.each([
    ['GET', '/api/tasks/no-such-task/form', 404, `task: expected one of ${listTasks().join(', ')}`, undefined],
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
    [
      'POST',
      '/api/tasks/increment-order/backfill',
      400,
      'step: expected at most 23h50m',
      { from: '2026-11-20T00:00:00Z', to: '2026-11-22T00:00:00Z', stepMs: 172_800_000, data: {} },
    ],
    [
      'POST',
      '/api/tasks/increment-order/backfill',
      400,
      'step: expected whole seconds',
      { from: '2026-11-20T00:00:00Z', to: '2026-11-22T00:00:00Z', stepMs: 0, data: {} },
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
    const response = await (method === 'GET' ? page.get(path) : page.post(path, body));
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
