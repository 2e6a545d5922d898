import { describe, expect, it } from 'vitest';
import type { ProxiedRequest } from './activator.ts';
import { History } from './history.ts';

const TICK = 'dev.knative.sources.ping';

function proxiedOf(id: string, type = TICK, time = '2026-11-22T05:43:00.4Z'): ProxiedRequest {
  return { event: { id, type, attributes: { id, type, time }, data: {}, headers: {} }, arrivedAt: 1000 };
}

function newHistory() {
  let changes = 0;
  const history = new History({
    onChange: () => void (changes += 1),
    readDocuments: () => [{ dataId: 'bi-cron.yaml', content: 'env: dev' }],
    now: () => new Date('2026-11-22T06:00:59Z'),
  });
  return { history, changes: () => changes };
}

describe('History', () => {
  it('keeps the attempts of one event in one run, each with its log line', () => {
    const { history } = newHistory();
    for (const status of [503, 200]) {
      const proxied = proxiedOf('e1');
      history.pass('increment-order', proxied);
      Object.assign(proxied, { forwardedAt: 1100, answeredAt: 1200, status, body: '{}' });
      history.pass('increment-order', proxied);
      history.log({ eventId: 'e1', status, outcome: status === 200 ? 'done' : 'unavailable' });
    }
    expect(history.list()).toHaveLength(1);
    expect(history.get('e1')).toMatchObject({
      kind: 'scheduled',
      ending: 'acknowledged',
      documents: [{ dataId: 'bi-cron.yaml' }],
      attempts: [
        { status: 503, line: { outcome: 'unavailable' } },
        { status: 200, line: { outcome: 'done' } },
      ],
    });
    expect(history.get('e1')?.slot.toISOString()).toBe('2026-11-22T05:43:00.000Z');
  });

  it('gives a log line to the attempt that the function answered, not to one that Knative did', () => {
    const { history } = newHistory();
    for (const status of [504, 200]) {
      history.pass('full-order', { ...proxiedOf('e1'), forwardedAt: 1100, answeredAt: 1200, status });
    }
    history.log({ eventId: 'e1', status: 200, outcome: 'done' });
    expect(history.get('e1')?.attempts.map(({ line }) => line?.['outcome'])).toEqual([undefined, 'done']);
  });

  it('leaves a refused tick open until its sender gives up, and ends a refused manual event at once', () => {
    const { history } = newHistory();
    history.pass('full-order', { ...proxiedOf('tick'), answeredAt: 1200, status: 503 });
    history.pass('full-order', { ...proxiedOf('person', 'bi.cron.run.requested'), answeredAt: 1200, status: 400 });
    expect(history.get('tick')?.ending).toBeUndefined();
    expect(history.get('person')).toMatchObject({ kind: 'manual', ending: 'lost' });
    history.end('tick', 'lost');
    expect(history.get('tick')?.ending).toBe('lost');
  });

  it('takes the present minute for an event without a time, and the second for one with slotunit', () => {
    const { history } = newHistory();
    history.pass('full-order', proxiedOf('no time', 'bi.cron.run.requested', ''));
    const exact = proxiedOf('exact', TICK, '2026-11-22T05:43:07.4Z');
    history.pass('full-order', {
      ...exact,
      event: { ...exact.event, attributes: { ...exact.event.attributes, slotunit: 'second' } },
    });
    expect(history.get('no time')?.slot.toISOString()).toBe('2026-11-22T06:00:00.000Z');
    expect(history.get('exact')?.slot.toISOString()).toBe('2026-11-22T05:43:07.000Z');
  });

  it('keeps events without an id apart', () => {
    const { history } = newHistory();
    history.pass('full-order', proxiedOf(''));
    history.pass('full-order', proxiedOf(''));
    expect(history.list()).toHaveLength(2);
  });

  it('ignores a log line of which it knows no event', () => {
    const { history, changes } = newHistory();
    history.log({ eventId: 'unknown' });
    history.log({});
    expect(changes()).toBe(0);
  });

  it('shows a missed tick as lost, and forgets the oldest of many', () => {
    const { history } = newHistory();
    for (let minute = 0; minute < 501; minute += 1) history.miss('full-order', new Date(minute * 60_000));
    expect(history.list()).toHaveLength(500);
    expect(history.list()[0]).toMatchObject({ kind: 'missed', ending: 'lost', slot: new Date(60_000) });
  });
});
