import { expect, it } from 'vitest';
import { listEndings, statusOf } from './outcome.ts';

const RETRIED_BY_PING_SOURCE = [404, 413, 425, 429, 502, 503, 504]; // knative eventing kncloudevents
const retriedByBroker = (status: number): boolean => status >= 500 || [404, 408, 409, 429].includes(status);

/** `outcome: reason`, then the status for a task that is safe to repeat, one that is not, and that one behind a Broker. */
const TABLE: readonly (readonly [string, number, number, number])[] = [
  ['done: done', 200, 200, 200],
  ['skipped: duplicate', 200, 200, 200],
  ['skipped: overlap', 200, 200, 200],
  ['skipped: paused', 200, 200, 200],
  ['rejected: event', 400, 400, 400],
  ['rejected: unauthenticated', 401, 401, 401],
  ['rejected: forbidden', 403, 403, 403],
  ['rejected: method', 405, 405, 405],
  ['rejected: config', 422, 422, 422],
  ['rejected: backend', 422, 422, 422],
  ['busy: running', 409, 409, 409],
  ['unavailable: nacos', 503, 503, 503],
  ['unavailable: instance', 503, 503, 503],
  ['unavailable: backend', 503, 503, 503],
  ['unavailable: issuer', 503, 503, 503],
  ['unavailable: budget', 503, 503, 503],
  ['unavailable: caller', 503, 503, 503],
  ['unavailable: draining', 503, 503, 503],
  ['unknown: backend', 503, 500, 422],
  ['unknown: deadline', 503, 500, 422],
  ['unknown: cancelled', 503, 500, 422],
  ['unknown: bug', 500, 500, 500],
];

it('every ending has the status that the contract gives it', () => {
  const actual = listEndings().map((ending) => [
    `${ending.outcome}: ${ending.reason}`,
    statusOf(ending, { safeToRepeat: true, viaBroker: false }),
    statusOf(ending, { safeToRepeat: false, viaBroker: false }),
    statusOf(ending, { safeToRepeat: false, viaBroker: true }),
  ]);
  expect(actual).toEqual(TABLE);
});

it('a task that is safe to repeat is answered the same by Broker and PingSource', () => {
  for (const ending of listEndings()) {
    expect(statusOf(ending, { safeToRepeat: true, viaBroker: true })).toBe(
      statusOf(ending, { safeToRepeat: true, viaBroker: false }),
    );
  }
});

it('no sender repeats a run that may have done its work when that is not safe', () => {
  const uncertain = listEndings().filter(({ outcome, reason }) => outcome === 'unknown' && reason !== 'bug');
  expect(uncertain).toHaveLength(3);
  for (const ending of uncertain) {
    const status = (viaBroker: boolean): number => statusOf(ending, { safeToRepeat: false, viaBroker });
    expect(RETRIED_BY_PING_SOURCE).not.toContain(status(false));
    expect(retriedByBroker(status(true))).toBe(false);
  }
});

it('both senders repeat what was unavailable, neither what was rejected', () => {
  for (const ending of listEndings()) {
    const status = statusOf(ending, { safeToRepeat: false, viaBroker: false });
    const isRepeated = [RETRIED_BY_PING_SOURCE.includes(status), retriedByBroker(status)];
    expect(isRepeated).toEqual(
      ending.outcome === 'unavailable'
        ? [true, true]
        : [false, ending.outcome === 'busy' || ending.outcome === 'unknown'],
    );
  }
});
