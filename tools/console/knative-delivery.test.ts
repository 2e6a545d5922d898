import { describe, expect, it } from 'vitest';
import type { RunEnd } from '../../functions/runtime/outcome.ts';
import { reactionsTo } from './run-detail.ts';

const event = JSON.stringify({ specversion: '1.0', id: '1', source: '/x', type: 'bi.cron.run.done' });

describe('reactionsTo', () => {
  it.each<[RunEnd, boolean, [number, string], [number, string]]>([
    [{ outcome: 'done', reason: 'done' }, true, [200, 'Acknowledged'], [200, 'bi.cron.run.done']],
    [{ outcome: 'rejected', reason: 'config' }, true, [422, 'Lost at once'], [422, 'dead letter sink at once']],
    [{ outcome: 'unavailable', reason: 'nacos' }, true, [503, 'Sent again'], [503, 'Sent again']],
    [{ outcome: 'unknown', reason: 'deadline' }, true, [503, 'Sent again'], [503, 'Sent again']],
    [{ outcome: 'unknown', reason: 'deadline' }, false, [500, 'Lost at once'], [422, 'dead letter sink at once']],
    [{ outcome: 'busy', reason: 'running' }, true, [409, 'Lost at once'], [409, 'Sent again']],
  ])('%j, safe to repeat: %s', (ending, safeToRepeat, pingSource, broker) => {
    const body = ending.outcome === 'done' ? event : '{}';
    const verdicts = reactionsTo({ status: 200, body }, ending, safeToRepeat);
    expect(verdicts.map(({ sender, status }) => [sender, status])).toEqual([
      ['PingSource', pingSource[0]],
      ['Broker', broker[0]],
    ]);
    expect(verdicts[0]?.verdict).toContain(pingSource[1]);
    expect(verdicts[1]?.verdict).toContain(broker[1]);
  });

  it('goes by the status where the function said nothing', () => {
    expect(reactionsTo({ status: 504, body: '' }, undefined, true).map(({ verdict }) => verdict)).toEqual([
      expect.stringContaining('Sent again'),
      expect.stringContaining('Sent again'),
    ]);
    expect(reactionsTo({ status: undefined, body: '' }, undefined, true)[0]?.verdict).toContain('Sent again');
  });
});
