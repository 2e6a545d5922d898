import { createHash } from 'node:crypto';
import { pino, type Logger } from 'pino';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logRun, toLine, type RunContext } from './log.ts';
import { listEndings } from './outcome.ts';
import { createResult, type RunResult } from './run-record.ts';
import { RunError } from './run-error.ts';
import { DONE, resultOf, TRIGGER } from '../../test/support/run-result.ts';

const CONTEXT: RunContext = {
  task: 'goods-onsale',
  version: '1.2.3',
  callers: 1,
  status: 200,
  now: new Date('2026-11-22T05:40:03.210Z'),
};

/** The lines that one run writes, parsed. */
function linesOf(result: RunResult, context = CONTEXT): unknown[] {
  const lines: unknown[] = [];
  const formatters = { level: (level: string) => ({ level }) };
  const options = { level: 'trace', base: null, timestamp: false, formatters };
  const log: Logger = pino(options, { write: (line: string) => lines.push(JSON.parse(line)) });
  logRun(log, result, context);
  return lines;
}

it('a run that ended well is one line with all that is known of it, and nothing else', () => {
  expect(linesOf(DONE)).toEqual([
    {
      level: 'info',
      task: 'goods-onsale',
      runKey: 'goods-onsale@2026-11-22T05:40:00Z',
      slot: '2026-11-22T05:40:00Z',
      lagMs: 3210,
      trigger: 'scheduled',
      window: { start: '2026-11-22T03:30:00Z', end: '2026-11-22T05:40:00Z' },
      eventId: 'b80769bc-aaa4-474a-bdbc-86c0cd08f745',
      eventSource: '/apis/v1/namespaces/default/pingsources/goods-onsale',
      eventType: 'dev.knative.sources.ping',
      traceparent: TRIGGER.traceparent,
      outcome: 'done',
      reason: 'done',
      status: 200,
      grpcCode: 'OK',
      target: '10.0.0.7:9000',
      configSource: 'nacos',
      configMd5: { 'bi-cron.yaml': createHash('md5').update('env: dev').digest('hex') },
      version: '1.2.3',
      cold: true,
      callers: 1,
      summary: { rows: 7, stored: 3 },
      ms: { boot: 81.3, config: 10, resolve: 1, call: 30, total: 122.3 },
      msg: 'done: done',
    },
  ]);
});

it('a request that was no event is one line with its error', () => {
  const error = new RunError({ outcome: 'rejected', reason: 'event' }, 'ce-id: expected a non-empty string, got ""', {
    field: 'ce-id',
    cause: new Error('not for the log'),
  });
  expect(linesOf(createResult(error.ending, { error }), { ...CONTEXT, status: 400 })).toEqual([
    {
      level: 'warn',
      task: 'goods-onsale',
      outcome: 'rejected',
      reason: 'event',
      status: 400,
      version: '1.2.3',
      cold: false,
      callers: 1,
      field: 'ce-id',
      error: 'ce-id: expected a non-empty string, got ""',
      ms: {},
      msg: 'rejected: event',
    },
  ]);
});

it('a refused event is logged as far as it was readable', () => {
  const event = { id: 'm-1', type: 'bi.cron.run.done' };
  const error = new RunError({ outcome: 'rejected', reason: 'event' }, 'ce-source: expected …', { event });
  expect(linesOf(createResult(error.ending, { error }))).toMatchObject([{ eventId: 'm-1', eventType: event.type }]);
});

it('a re-run names its attempt', () => {
  const trigger = { ...TRIGGER, attempt: 'again-1' };
  expect(linesOf(resultOf({ outcome: 'done', reason: 'done' }, { trigger }))).toMatchObject([{ attempt: 'again-1' }]);
});

describe('a line of the log', () => {
  const MAX_BYTES = 16 * 1024;

  it('has at most 16 KiB, is JSON, and keeps what fits, whatever the texts in it are', () => {
    const text = fc.oneof(
      fc
        .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), fc.nat(20_000))
        .map(([one, times]) => one.repeat(times)),
      fc.constantFrom('\u202e'.repeat(40_000), '\u0000'.repeat(40_000), '🪿'.repeat(40_000), '\ud800'.repeat(9000)),
    );
    const value = fc.oneof(
      text,
      fc.array(text, { maxLength: 300 }),
      fc.dictionary(text, text, { maxKeys: 40 }),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(text, text, value, fc.integer(), (error, target, err, rows) => {
        const fields = {
          level: 'error',
          runKey: 'k',
          error,
          target,
          field: error,
          summary: { rows, note: error },
          err,
        };
        const line = toLine(fields);
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MAX_BYTES);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(JSON.parse(line)).toMatchObject({ level: 'error', runKey: 'k', summary: { rows } });
      }),
      { numRuns: 60 },
    );
  });

  it('is not changed when it fits', () => {
    const fields = { level: 'info', error: 'x'.repeat(16_000), err: { stack: ['a', { b: { c: { d: 1 } } }] } };
    expect(JSON.parse(toLine(fields))).toEqual(fields);
  });

  it('marks what was cut', () => {
    const { error } = JSON.parse(toLine({ error: 'x'.repeat(20_000) })) as { error: string };
    expect(error).toMatch(/^x{4000,}…$/);
  });
});

it('a refused event names the holder in whole milliseconds', () => {
  const holder = {
    runKey: 'goods-onsale@manual:1',
    ageMs: 12.7,
    ending: { outcome: 'done', reason: 'done' },
  } as const;
  expect(linesOf(resultOf({ outcome: 'skipped', reason: 'duplicate' }, { holder }))).toMatchObject([
    { level: 'info', holder: { runKey: 'goods-onsale@manual:1', ageMs: 13 }, msg: 'skipped: duplicate' },
  ]);
});

describe('the level', () => {
  const levels = { done: 'info', skipped: 'info', unknown: 'error' };

  it.each(listEndings().map((ending) => [`${ending.outcome}: ${ending.reason}`, ending] as const))(
    'of %s tells who has to look',
    (text, ending) => {
      const level = { rejected: 'warn', busy: 'warn', unavailable: 'warn', ...levels }[ending.outcome];
      expect(linesOf(resultOf(ending))).toMatchObject([{ level, msg: text }]);
    },
  );
});

it('only a bug is logged with the error that was thrown, and its stack', () => {
  const error = RunError.from(new TypeError('reading x'));
  expect(linesOf(resultOf(error.ending, { error }))).toMatchObject([
    {
      error: 'internal error; the log line has the details',
      err: { type: 'TypeError', message: 'reading x', stack: expect.stringContaining('log.test.ts') as string },
    },
  ]);
});
