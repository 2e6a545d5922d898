import { describe, expect, it } from 'vitest';
import { TRIGGER } from '../../test/support/run-result.ts';
import { createAdmission, type Admission, type Admitted } from './admission.ts';
import type { TriggerKind } from './event/event-types.ts';
import type { RunEnd } from './outcome.ts';
import { RunError } from './run-error.ts';
import { createResult, type RunResult } from './run-record.ts';

const DONE: RunEnd = { outcome: 'done', reason: 'done' };
const UNKNOWN: RunEnd = { outcome: 'unknown', reason: 'deadline' };
const REJECTED: RunEnd = { outcome: 'rejected', reason: 'backend' };
const UNAVAILABLE: RunEnd = { outcome: 'unavailable', reason: 'nacos' };

/** Admission with a clock that is set by hand and runs that the test ends. */
function setUp({ safeToRepeat = true } = {}) {
  const clock = { ms: 1000 };
  const admission = createAdmission({ safeToRepeat, monotonicMs: () => clock.ms });
  const runs: { signal: AbortSignal; end: (ending: RunEnd) => void; fail: (error: Error) => void }[] = [];
  const start = (signal: AbortSignal): Promise<RunResult> => {
    const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
    runs.push({ signal, end: (ending) => resolve(createResult(ending)), fail: reject });
    return promise;
  };
  const admit = (runKey: string, kind: TriggerKind = 'scheduled', caller = new AbortController().signal) =>
    admission.admit({ ...TRIGGER, runKey, kind }, caller, start);
  /** Admits a run, ends it, and waits until that is noticed. */
  const settle = async (runKey: string, ending: RunEnd, kind?: TriggerKind): Promise<void> => {
    const { run } = admit(runKey, kind);
    runs.at(-1)?.end(ending);
    await run.result;
  };
  return { admission, clock, runs, admit, settle };
}

/** Why an event was refused: the ending and the run in its way. */
async function refusalOf({ kind, run }: Admitted): Promise<Pick<RunResult, 'ending' | 'holder'>> {
  const { trigger, ending, holder } = await run.result;
  expect([kind, trigger?.eventId]).toEqual(['refused', TRIGGER.eventId]);
  return { ending, holder };
}

describe('an event with the key of a run under way', () => {
  it('joins it and gets its answer', async () => {
    const { admit, runs } = setUp();
    const [first, second] = [admit('a'), admit('a', 'manual')];
    expect([first.kind, second.kind, runs.length]).toEqual(['started', 'joined', 1]);
    runs[0]?.end(DONE);
    expect(await second.run.result).toBe(await first.run.result);
  });

  it('is counted among its callers', () => {
    const { admit } = setUp();
    const first = admit('a');
    expect(first.run.callerCount).toBe(1);
    admit('a');
    expect(first.run.callerCount).toBe(2);
  });
});

describe('a re-run of a key', () => {
  const rerun = (admission: Admission, attempt: string, start: (signal: AbortSignal) => Promise<RunResult>) =>
    admission.admit(
      { ...TRIGGER, runKey: 'a', rerunOf: 'a', attempt, kind: 'manual' },
      new AbortController().signal,
      start,
    );
  const end = (ending: RunEnd) => () => Promise.resolve(createResult(ending));

  it.each([DONE, UNKNOWN, REJECTED, UNAVAILABLE])('runs whatever became of it: %j', async (ending) => {
    const { admission, settle } = setUp({ safeToRepeat: false });
    await settle('a', ending);
    const { kind, run } = rerun(admission, 'x', end(DONE));
    await run.result;
    expect(kind).toBe('started');
  });

  it('is worked on once itself: the same event again is a duplicate, another one runs', async () => {
    const { admission } = setUp({ safeToRepeat: false });
    await rerun(admission, 'x', end(UNKNOWN)).run.result;
    const { ending, holder } = await rerun(admission, 'x', end(DONE)).run.result;
    expect([ending.reason, holder?.runKey]).toEqual(['duplicate', 'a']);
    expect(rerun(admission, 'y', end(DONE)).kind).toBe('started');
  });

  it.each(['a', 'b'])('is refused 409 while %s is under way, and named by its key while it is', async (active) => {
    const { admission, admit, runs } = setUp();
    const first = admit(active);
    const { ending, holder } = await rerun(admission, 'x', end(DONE)).run.result;
    expect([ending.outcome, holder?.runKey]).toEqual(['busy', active]);
    runs[0]?.end(UNAVAILABLE);
    await first.run.result;
    rerun(admission, 'x', () => Promise.withResolvers<RunResult>().promise);
    expect(await refusalOf(admit('a'))).toMatchObject({ ending: { reason: 'overlap' }, holder: { runKey: 'a' } });
  });

  it('does not make the key a duplicate', async () => {
    const { admission, admit } = setUp();
    await rerun(admission, 'x', end(DONE)).run.result;
    expect(admit('a').kind).toBe('started');
  });
});

describe('an event with the key of a run that has ended', () => {
  it.each([
    ['done', true, DONE],
    ['done', false, DONE],
    ['unknown', false, UNKNOWN],
  ])('%s, safeToRepeat %s, is a duplicate and learns how it ended', async (_, safeToRepeat, ending) => {
    const { admit, settle, runs, clock } = setUp({ safeToRepeat });
    await settle('a', ending);
    clock.ms += 2500;
    expect(await refusalOf(admit('a'))).toEqual({
      ending: { outcome: 'skipped', reason: 'duplicate' },
      holder: { runKey: 'a', ageMs: 2500, ending },
    });
    expect(admit('a', 'manual').kind).toBe('refused');
    expect(runs).toHaveLength(1);
  });

  it.each([
    ['unknown', true, UNKNOWN],
    ['rejected', false, REJECTED],
    ['unavailable', false, UNAVAILABLE],
    ['skipped', false, { outcome: 'skipped', reason: 'paused' } as const],
  ])('%s, safeToRepeat %s, runs again', async (_, safeToRepeat, ending) => {
    const { admit, settle } = setUp({ safeToRepeat });
    await settle('a', ending);
    expect(admit('a').kind).toBe('started');
  });

  it('by an error of ours runs again: admission is not blocked', async () => {
    const { admit, runs } = setUp();
    const { run } = admit('a');
    runs[0]?.fail(new Error('bug'));
    await expect(run.result).rejects.toThrow('bug');
    expect(admit('b').kind).toBe('started');
  });

  it('is a duplicate while another runs, and while the process drains', async () => {
    const { admit, settle, admission } = setUp();
    await settle('a', DONE);
    admit('b');
    expect(await refusalOf(admit('a'))).toMatchObject({ ending: { reason: 'duplicate' } });
    admission.close();
    expect(await refusalOf(admit('a'))).toMatchObject({ ending: { reason: 'duplicate' } });
  });
});

describe('a run key whose run ended at its deadline', () => {
  const AT_DEADLINE: RunEnd = { outcome: 'unknown', reason: 'deadline' };
  const LOST: RunEnd = { outcome: 'unknown', reason: 'backend' };
  const setUpEnding = () => {
    const { admit, runs } = setUp();
    return async (runKey: string, ending: RunEnd): Promise<boolean> => {
      const { run } = admit(runKey);
      runs.at(-1)?.end(ending);
      return (await run.result).isFinal;
    };
  };

  it.each([AT_DEADLINE, LOST])('may be repeated once: %j is final behind it', async (ending) => {
    const end = setUpEnding();
    expect(await end('a', AT_DEADLINE)).toBe(false);
    expect(await end('a', ending)).toBe(true);
    expect(await end('b', ending)).toBe(false); // another key has its own repeat
  });

  it.each([DONE, UNAVAILABLE, REJECTED])('%j behind it is what it always is', async (ending) => {
    const end = setUpEnding();
    await end('a', AT_DEADLINE);
    expect(await end('a', ending)).toBe(false);
  });

  it('by another ending of unknown work is repeated as the sender does', async () => {
    const end = setUpEnding();
    expect([await end('a', LOST), await end('a', LOST), await end('a', LOST)]).toEqual([false, false, false]);
  });
});

describe('an event while another run is active', () => {
  it.each<[TriggerKind, RunEnd]>([
    ['scheduled', { outcome: 'skipped', reason: 'overlap' }],
    ['manual', { outcome: 'busy', reason: 'running' }],
    ['backfill', { outcome: 'busy', reason: 'running' }],
  ])('%s is refused with %j and the holder', async (kind, ending) => {
    const { admit, clock, runs } = setUp();
    admit('a');
    clock.ms += 700;
    expect(await refusalOf(admit('b', kind))).toEqual({
      ending,
      holder: { runKey: 'a', ageMs: 700, ending: undefined },
    });
    expect(runs).toHaveLength(1);
  });

  it('starts once that has ended', async () => {
    const { admit, settle } = setUp();
    await settle('a', UNAVAILABLE);
    expect(admit('b').kind).toBe('started');
  });
});

describe('a run whose callers hang up', () => {
  it('goes on while one is left, and is aborted when the last has gone', () => {
    const { admit, runs } = setUp();
    const [one, two] = [new AbortController(), new AbortController()];
    admit('a', 'scheduled', one.signal);
    admit('a', 'scheduled', two.signal);
    one.abort();
    expect(runs[0]?.signal.aborted).toBe(false);
    two.abort();
    expect(runs[0]?.signal.reason).toEqual(
      new RunError(
        { outcome: 'unavailable', reason: 'caller' },
        'caller: expected it to wait for the answer, got a closed connection',
      ),
    );
  });

  it('is aborted at once when its only caller had gone before it began', () => {
    const { admit, runs } = setUp();
    admit('a', 'scheduled', AbortSignal.abort());
    expect(runs[0]?.signal.aborted).toBe(true);
  });

  it('goes on when one who had gone joins late', () => {
    const { admit, runs } = setUp();
    admit('a');
    admit('a', 'scheduled', AbortSignal.abort());
    expect(runs[0]?.signal.aborted).toBe(false);
  });
});

describe('admission that is closed', () => {
  it('starts nothing, but lets a repeated event join what is under way', async () => {
    const { admit, admission, runs } = setUp();
    const first = admit('a');
    admission.close();
    expect(admit('a').kind).toBe('joined');
    expect(await refusalOf(admit('b'))).toEqual({
      ending: { outcome: 'unavailable', reason: 'draining' },
      holder: undefined,
    });
    runs[0]?.end(DONE);
    expect(await first.run.result).toEqual(createResult(DONE));
    expect(runs).toHaveLength(1);
  });

  it('aborts what is under way with the reason given', () => {
    const { admit, admission, runs } = setUp();
    const reason = new Error('overdue');
    admit('a');
    admission.abort(reason);
    expect(runs[0]?.signal.reason).toBe(reason);
  });
});

it('the last 10000 keys are remembered, the oldest is forgotten first', async () => {
  const { admission, clock } = setUp();
  for (let n = 0; n <= 10_000; n += 1) await complete(admission, `k${n}`);
  clock.ms += 1;
  expect(await complete(admission, 'k1')).toBe('refused');
  expect(await complete(admission, 'k10000')).toBe('refused');
  expect(await complete(admission, 'k0')).toBe('started');
  expect(await complete(admission, 'k1')).toBe('started'); // k0 took its place
});

async function complete(admission: Admission, runKey: string): Promise<Admitted['kind']> {
  const caller = new AbortController().signal;
  const { kind, run } = admission.admit({ ...TRIGGER, runKey }, caller, () => Promise.resolve(createResult(DONE)));
  await run.result;
  return kind;
}
