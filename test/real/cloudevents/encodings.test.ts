import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOSTS, startLeke, startRealEnv, type RealEnv, type SimulatedBackend } from '../functions.ts';
import { valuesOf } from '../part.ts';
import { pythonEnv } from '../python.ts';
import { part } from './part.ts';
import { manualEvent, sendEvent, type SendRequest, type SentEvent } from './send.ts';

const DATA = { shopIds: ['100002'] };

describe.each(HOSTS)('on the %s host', (host) => {
  let leke: SimulatedBackend;
  let testEnv: RealEnv;
  beforeAll(async () => {
    leke = await startLeke();
    testEnv = await startRealEnv('increment-order', host);
    testEnv.pointTo(leke.port);
  });
  afterAll(async () => {
    await testEnv.close();
    await leke.stop();
  });
  beforeEach(() => leke.calls.clear());

  const sendBy = (Policy: SendRequest['Policy'], Event: SendRequest['Event']): Promise<SentEvent> =>
    sendEvent(valuesOf(part), { Policy, Target: testEnv.fn.url, Event, Retry: 0, Delay: 10 });
  const runKeys = (): string[] => leke.calls.all().map(({ runKey }) => runKey);

  it('sdk-go, data with its type: done with that data', async () => {
    const sent = await sendBy('Broker', manualEvent('typed', { datacontenttype: 'application/json', data: DATA }));
    expect(sent).toMatchObject({
      acked: true,
      attempts: [{ status: 200, sent: { 'Content-Type': ['application/json'] } }],
    });
    expect(leke.calls.all()).toMatchObject([{ request: DATA }]);
  });

  it('sdk-go, data whose type was implied in the structured event: done with that data', async () => {
    const sent = await sendBy('Broker', manualEvent('implied', { data: DATA }));
    expect(sent.attempts[0]?.sent).not.toHaveProperty('Content-Type');
    expect(sent.acked).toBe(true);
    expect(leke.calls.all()).toMatchObject([{ request: DATA }]);
  });

  it('sdk-go, an id that is not ASCII goes out as it is, and is percent-encoded in the run key', async () => {
    const sent = await sendBy('Broker', manualEvent('é-1'));
    expect(sent.attempts[0]?.sent).toMatchObject({ 'Ce-Id': ['é-1'] });
    expect(sent.acked).toBe(true);
    expect(runKeys()).toEqual(['increment-order@manual:%C3%A9-1']);
  });

  it('sdk-go, an id in Chinese, sent twice: done, then a duplicate', async () => {
    const replies = [await sendBy('Broker', manualEvent('订单-1')), await sendBy('PingSource', manualEvent('订单-1'))];
    expect(replies.map(({ acked }) => acked)).toEqual([true, true]);
    expect(runKeys()).toEqual(['increment-order@manual:%E8%AE%A2%E5%8D%95-1']);
  });

  it('sdk-go, attributes that nobody reads are not ASCII: done', async () => {
    const sent = await sendBy('Broker', manualEvent('noted', { note: '淘宝', subject: 'größer' }));
    expect(sent.acked).toBe(true);
    expect(runKeys()).toEqual(['increment-order@manual:noted']);
  });

  /** The statuses of one event in each form that Python's package knows, each under an id of its own. */
  async function sendByPython(attributes: object): Promise<Record<string, number>> {
    const program = path.join(import.meta.dirname, 'events.py');
    const child = spawn('python3', [program, new URL(testEnv.fn.url).host], {
      env: { ...process.env, ...pythonEnv(valuesOf(part).built) },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(JSON.stringify({ attributes, data: DATA }));
    const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
    const answers = JSON.parse(output) as { form: string; status: number }[]; // as events.py prints
    return Object.fromEntries(answers.map(({ form, status }) => [form, status]));
  }
  const ALL_DONE = { 'older binary': 200, 'older structured': 200, 'newer binary': 200, 'newer structured': 200 };
  const IN_EACH = Object.keys(ALL_DONE).map(() => ({ request: DATA }));
  const manual = { type: 'com.example.order', source: '/python' };

  it('Python, data with its type, in four forms: done', async () => {
    const attributes = { ...manual, id: 'python-typed', datacontenttype: 'application/json' };
    expect(await sendByPython(attributes)).toEqual(ALL_DONE);
    expect(leke.calls.all()).toMatchObject(IN_EACH);
  });

  it('Python, data without its type, in four forms: done', async () => {
    expect(await sendByPython({ ...manual, id: 'python-untyped' })).toEqual(ALL_DONE);
    expect(leke.calls.all()).toMatchObject(IN_EACH);
  });
});
