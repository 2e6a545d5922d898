import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBackend, type Scripted } from './backend-control.ts';
import type { Control } from './control-port.ts';
import { HOSTS, resultOf, startRealEnv, type RealEnv } from './functions.ts';

/** How one tick ends: each attempt's status, the last attempt's outcome and reason. Each attempt is one handler run. */
interface ExpectedEnd {
  readonly statuses: readonly number[];
  readonly outcome: string;
  readonly reason: string;
}

/** By whether the task is safe to repeat. */
interface ExpectedEnds {
  readonly safe: ExpectedEnd;
  readonly unsafe: ExpectedEnd;
}

const once = (status: number, outcome: string, reason: string): ExpectedEnd => ({
  statuses: [status],
  outcome,
  reason,
});
const sixTimes = (outcome: string, reason: string): ExpectedEnd => ({ statuses: Array(6).fill(503), outcome, reason });
const both = (ending: ExpectedEnd): ExpectedEnds => ({ safe: ending, unsafe: ending });

const DONE = both(once(200, 'done', 'done'));
const REFUSED = both(once(422, 'rejected', 'backend'));
const NOT_NOW = both(sixTimes('unavailable', 'backend'));
const UNKNOWN: ExpectedEnds = { safe: sixTimes('unknown', 'backend'), unsafe: once(500, 'unknown', 'backend') };
const CANCELLED: ExpectedEnds = { safe: sixTimes('unknown', 'cancelled'), unsafe: once(500, 'unknown', 'cancelled') };
const DEADLINE: ExpectedEnds = {
  safe: { statuses: [503, 500], outcome: 'unknown', reason: 'deadline' },
  unsafe: once(500, 'unknown', 'deadline'),
};
const UNPROVEN: ExpectedEnds = {
  safe: sixTimes('unavailable', 'backend'),
  unsafe: once(500, 'unknown', 'backend'),
};

const OF_CODE: Readonly<Record<string, ExpectedEnds>> = {
  OK: DONE,
  ALREADY_EXISTS: DONE,
  INVALID_ARGUMENT: REFUSED,
  FAILED_PRECONDITION: REFUSED,
  OUT_OF_RANGE: REFUSED,
  NOT_FOUND: REFUSED,
  UNIMPLEMENTED: REFUSED,
  UNAUTHENTICATED: REFUSED,
  PERMISSION_DENIED: REFUSED,
  ABORTED: NOT_NOW,
  RESOURCE_EXHAUSTED: NOT_NOW,
  INTERNAL: UNKNOWN,
  UNKNOWN,
  DATA_LOSS: UNKNOWN,
  CANCELLED,
  DEADLINE_EXCEEDED: DEADLINE,
  UNAVAILABLE: UNPROVEN,
};

const pushback = (value: string): Scripted => ({
  Code: 'UNAVAILABLE',
  Trailers: { 'grpc-retry-pushback-ms': value },
});
const RETRY_INFO: Scripted = { Code: 'UNAVAILABLE', RetryDelayMs: 100 };

interface Row {
  readonly what: string;
  readonly says: Scripted;
  readonly endings: ExpectedEnds;
}

/** What a server can say in two ways: in the only headers of its answer, or after headers of its own. */
const SAID_TWO_WAYS: readonly Row[] = [
  ...Object.entries(OF_CODE).map(([Code, endings]) => ({ what: Code, says: { Code, Message: 'as told' }, endings })),
  { what: 'UNAVAILABLE with RetryInfo', says: RETRY_INFO, endings: NOT_NOW },
  { what: 'UNAVAILABLE with a pushback of 0 ms', says: pushback('0'), endings: NOT_NOW },
  { what: 'UNAVAILABLE with a pushback of -1, which forbids a repeat', says: pushback('-1'), endings: UNPROVEN },
];

const SAID_ONE_WAY: readonly Row[] = [
  { what: 'a message and then UNAVAILABLE', says: { Code: 'UNAVAILABLE', Replies: 1 }, endings: UNPROVEN },
  { what: 'OK without a message', says: { Replies: 0 }, endings: UNKNOWN },
  { what: 'two messages and OK', says: { Replies: 2 }, endings: UNKNOWN },
  { what: 'OK compressed by gzip', says: { Gzip: true, Reply: { pages: 7 } }, endings: DONE },
  {
    what: 'UNAVAILABLE with RetryInfo twice, then OK',
    says: { ...RETRY_INFO, Times: 2 },
    endings: both({ statuses: [503, 503, 200], outcome: 'done', reason: 'done' }),
  },
];

const ROWS: readonly Row[] = SAID_TWO_WAYS.flatMap(({ what, says, endings }) => [
  { what: `${what} without headers`, says, endings },
  { what: `${what} after headers`, says: { ...says, HeadersFirst: true }, endings },
]).concat(SAID_ONE_WAY);

const CASES = ROWS.flatMap(({ what, says, endings }) => [
  { what, says, kind: 'safe', ending: endings.safe } as const,
  { what, says, kind: 'unsafe', ending: endings.unsafe } as const,
]);

/** Every row of the outcome table that a server's words can cause, on one real gRPC library. */
export function describeOutcomes(control: () => Control): void {
  describe.each(HOSTS)('on the %s host', (host) => {
    let environments: Record<'safe' | 'unsafe', RealEnv>;
    beforeAll(async () => {
      const [safe, unsafe] = await Promise.all([
        startRealEnv('increment-order', host),
        startRealEnv('full-order', host),
      ]);
      environments = { safe, unsafe };
    });
    afterAll(() => Promise.all([environments.safe.close(), environments.unsafe.close()]));
    beforeEach(() => {
      for (const testEnv of Object.values(environments))
        testEnv.configure(`tasks: { ${testEnv.task}: { timeout: 2s } }\n`);
    });

    for (const { what, says, kind, ending } of CASES) {
      const { statuses, outcome, reason } = ending;
      const runs = statuses.length;
      it(`${what}, ${kind} to repeat: ${statuses.join(' ')}, ${outcome}: ${reason}, ${runs} run(s)`, async () => {
        const testEnv = environments[kind];
        const backend = await startBackend(control());
        testEnv.pointTo(backend.port);
        await backend.script(says);
        const delivery = await testEnv.tick();
        expect({ ...resultOf(delivery), runs: (await backend.runs()).length }).toEqual({
          statuses,
          outcome,
          reason: outcome === 'done' ? undefined : reason, // a result event has a reason only when it was skipped
          runs,
        });
      });
    }
  });
}
