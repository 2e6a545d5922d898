import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOnceEvent } from './job.ts';

const NOW = new Date('2026-11-25T06:07:08Z');
const DAY = 1440;
const THIS_MINUTE = Math.floor(NOW.getTime() / 60_000);

const eventOf = (jobName: string): Record<string, unknown> =>
  JSON.parse(readOnceEvent('increment-order', {}, { JOB_NAME: jobName }, NOW)) as Record<string, unknown>; // a CloudEvent

describe("a Job's name", () => {
  it.each([THIS_MINUTE, THIS_MINUTE - 5, THIS_MINUTE - DAY + 1, THIS_MINUTE + 1])(
    'with the minute %i is a tick',
    (minute) => {
      expect(eventOf(`increment-order-${minute}`)).toMatchObject({
        id: `increment-order-${minute}`,
        type: 'dev.knative.sources.ping',
        time: new Date(minute * 60_000).toISOString().replace('.000Z', 'Z'),
      });
    },
  );

  it.each([
    'increment-order-20261125',
    'increment-order-19700101',
    'increment-order-99999999',
    'increment-order-00000000',
    `increment-order-${THIS_MINUTE - DAY - 1}`,
    `increment-order-${THIS_MINUTE + DAY + 2}`,
    'increment-order-manual-x7k2p',
    `increment-order-1${THIS_MINUTE}`,
    'increment-order',
  ])('such as %s is a manual run', (jobName) => {
    expect(eventOf(jobName)).toMatchObject({ id: jobName, type: 'bi.cron.run.requested' });
    expect(eventOf(jobName)).not.toHaveProperty('time');
  });

  it('is a tick within a day of now, and never beyond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10_000_000, max: 99_999_999 }), (minute) => {
        const isNear = Math.abs(minute * 60_000 - NOW.getTime()) <= DAY * 60_000;
        expect(eventOf(`a-${minute}`)['type']).toBe(isNear ? 'dev.knative.sources.ping' : 'bi.cron.run.requested');
      }),
    );
  });
});
