import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBackend, type Scripted } from './backend-control.ts';
import type { Control } from './control-port.ts';
import { HOSTS, resultOf, startRealScene, type RealScene } from './functions.ts';

/** One row of the outcome table: what the server says, and what each kind of task makes of it. */
interface Row {
  readonly what: string;
  readonly script: readonly Scripted[];
  readonly safe: Expected;
  readonly unsafe: Expected;
  /** A fault of the product that keeps one of the two from being so today. */
  readonly fault?: { readonly safe?: string; readonly unsafe?: string };
}

interface Expected {
  /** Of each attempt of one tick. */
  readonly statuses: readonly number[];
  readonly outcome: string;
  readonly reason: string;
}

const once = (status: number, outcome: string, reason: string): Expected => ({ statuses: [status], outcome, reason });
const sixTimes = (outcome: string, reason: string): Expected => ({ statuses: Array(6).fill(503), outcome, reason });
const same = (expected: Expected): Pick<Row, 'safe' | 'unsafe'> => ({ safe: expected, unsafe: expected });

const REFUSALS = [
  'INVALID_ARGUMENT',
  'FAILED_PRECONDITION',
  'OUT_OF_RANGE',
  'NOT_FOUND',
  'UNIMPLEMENTED',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
];
const NO_PROOF = 'UNAVAILABLE is taken as proof that nothing was done';
const WAITS = 'two messages and OK wait for the deadline';
const UNPROVEN: Pick<Row, 'safe' | 'unsafe' | 'fault'> = {
  safe: sixTimes('unavailable', 'backend'),
  unsafe: once(500, 'unknown', 'backend'),
  fault: { unsafe: NO_PROOF },
};

/** The status comes as the only headers, or after headers of its own. */
const ROWS: readonly Row[] = [false, true].flatMap((HeadersFirst) => {
  const how = HeadersFirst ? 'after headers' : 'without headers';
  const status = (Code: string, more: Scripted = {}): Scripted[] => [
    { Code, Message: 'as told', HeadersFirst, ...more },
  ];
  return [
    { what: `OK ${how}`, script: [{ HeadersFirst }], ...same(once(200, 'done', 'done')) },
    { what: `ALREADY_EXISTS ${how}`, script: status('ALREADY_EXISTS'), ...same(once(200, 'done', 'done')) },
    ...REFUSALS.map((code) => ({
      what: `${code} ${how}`,
      script: status(code),
      ...same(once(422, 'rejected', 'backend')),
    })),
    ...['ABORTED', 'RESOURCE_EXHAUSTED'].map((code) => ({
      what: `${code} ${how}`,
      script: status(code),
      ...same(sixTimes('unavailable', 'backend')),
    })),
    ...['INTERNAL', 'UNKNOWN', 'DATA_LOSS'].map((code) => ({
      what: `${code} ${how}`,
      script: status(code),
      safe: sixTimes('unknown', 'backend'),
      unsafe: once(500, 'unknown', 'backend'),
    })),
    {
      what: `CANCELLED ${how}`,
      script: status('CANCELLED'),
      safe: sixTimes('unknown', 'cancelled'),
      unsafe: once(500, 'unknown', 'cancelled'),
    },
    {
      what: `DEADLINE_EXCEEDED ${how}`,
      script: status('DEADLINE_EXCEEDED'),
      safe: { statuses: [503, 500], outcome: 'unknown', reason: 'deadline' },
      unsafe: once(500, 'unknown', 'deadline'),
      fault: { safe: 'a deadline is repeated more than once' },
    },
    { what: `UNAVAILABLE ${how}`, script: status('UNAVAILABLE'), ...UNPROVEN },
    {
      what: `UNAVAILABLE with RetryInfo ${how}`,
      script: status('UNAVAILABLE', { RetryDelayMs: 100 }),
      ...same(sixTimes('unavailable', 'backend')),
    },
    {
      what: `UNAVAILABLE with a pushback of 0 ms ${how}`,
      script: status('UNAVAILABLE', { Trailers: { 'grpc-retry-pushback-ms': '0' } }),
      ...same(sixTimes('unavailable', 'backend')),
    },
    {
      what: `UNAVAILABLE with a pushback of -1, do not repeat, ${how}`,
      script: status('UNAVAILABLE', { Trailers: { 'grpc-retry-pushback-ms': '-1' } }),
      ...UNPROVEN,
    },
  ];
});

const MORE_ROWS: readonly Row[] = [
  { what: 'a message and then UNAVAILABLE', script: [{ Code: 'UNAVAILABLE', Replies: 1 }], ...UNPROVEN },
  {
    what: 'OK without a message',
    script: [{ Replies: 0 }],
    safe: sixTimes('unknown', 'backend'),
    unsafe: once(500, 'unknown', 'backend'),
  },
  {
    what: 'two messages and OK',
    script: [{ Replies: 2 }],
    safe: sixTimes('unknown', 'backend'),
    unsafe: once(500, 'unknown', 'backend'),
    fault: { safe: WAITS, unsafe: WAITS },
  },
  { what: 'OK compressed by gzip', script: [{ Gzip: true, Reply: { pages: 7 } }], ...same(once(200, 'done', 'done')) },
  {
    what: 'UNAVAILABLE with RetryInfo twice, then OK',
    script: [{ Times: 2, Code: 'UNAVAILABLE', RetryDelayMs: 100 }],
    ...same({ statuses: [503, 503, 200], outcome: 'done', reason: 'done' }),
  },
];

/** Every row of the outcome table that a server can cause, and what connections can do, on one real gRPC library. */
export function describeBackendJourneys(control: () => Control): void {
  describe.each(HOSTS)('on the %s host', (host) => {
    let safe: RealScene; // increment-order may be repeated
    let unsafe: RealScene; // full-order may not
    beforeAll(async () => {
      [safe, unsafe] = await Promise.all([startRealScene('increment-order', host), startRealScene('full-order', host)]);
    });
    afterAll(() => Promise.all([safe.close(), unsafe.close()]));
    beforeEach(() => {
      for (const scene of [safe, unsafe]) scene.configure(`tasks: { ${scene.task}: { timeout: 2s } }\n`);
    });

    async function meet(scene: RealScene, script: readonly Scripted[]): Promise<Expected & { runs: number }> {
      const backend = await startBackend(control());
      scene.pointTo(backend.port);
      await backend.script(...script);
      const result = resultOf(await scene.tick());
      return { ...(result as Expected), runs: (await backend.runs()).length }; // PingSource's attempts all have a status here
    }
    /** Each attempt is one run of the handler; a result event has a reason only when it was skipped. */
    const asSeen = (expected: Expected) => ({
      ...expected,
      reason: expected.outcome === 'done' ? undefined : expected.reason,
      runs: expected.statuses.length,
    });

    for (const row of [...ROWS, ...MORE_ROWS]) {
      for (const kind of ['safe', 'unsafe'] as const) {
        const { statuses, outcome, reason } = row[kind];
        const fault = row.fault?.[kind];
        const title = `${kind} to repeat, ${row.what}: ${statuses.join(' ')}, ${outcome}: ${reason}, ${statuses.length} run(s)`;
        const journey = async (): Promise<void> => {
          expect(await meet(kind === 'safe' ? safe : unsafe, row.script)).toEqual(asSeen(row[kind]));
        };
        if (fault === undefined) it(title, journey);
        else it.fails(`${title} (expected to fail: ${fault})`, journey);
      }
    }
  });
}
