import { describe, expect, it, vi } from 'vitest';
import type { Limits } from './deadline.ts';
import { startFetch } from './config/fetch.ts';
import { prepareEarly } from './engine.ts';
import type { Prepare, RunInputs } from './run.ts';
import { RunError } from './run-error.ts';
import type { Target } from './target.ts';

const limitsOf = (run: AbortSignal = new AbortController().signal): Limits => ({ run, nacos: run });
const tick = () => new Promise((resolve) => setImmediate(resolve));
const down = new RunError({ outcome: 'unavailable', reason: 'nacos' }, 'Nacos is down');
const gone = new RunError({ outcome: 'unavailable', reason: 'caller' }, 'the caller has gone');

const targetOf = (address: string): Target => ({ address, client: {} as Target['client'] }); // nothing is called here

/** A Prepare that counts; each preparation and each target has its number. */
function counting() {
  let count = 0;
  const findTarget = vi.fn<RunInputs['findTarget']>(() => Promise.resolve(targetOf(`target ${count}`)));
  const prepare = vi.fn<Prepare>(() => {
    count += 1;
    return Promise.resolve({ config: { paused: String(count) }, source: 'nacos', findTarget } as unknown as RunInputs); // the rest is not read
  });
  return { prepare, findTarget };
}

/** Prepares early from a fetch that may be abandoned; the first time it is that fetch which is prepared from. */
function start(prepare: Prepare, monotonicMs: () => number): Prepare {
  const early = startFetch(() => new Promise(() => {}));
  const startEarly = () => prepare({ nacos: early.signal, run: early.signal });
  return prepareEarly({ early, startEarly, prepare, monotonicMs });
}

const numberOf = ({ config }: RunInputs): string | undefined => config.paused;

describe('an early preparation', () => {
  it('begins at once, with the target, and is given to the first run only', async () => {
    const { prepare, findTarget } = counting();
    const early = start(prepare, () => 0);
    await tick();
    expect(prepare).toHaveBeenCalledTimes(1);
    expect(findTarget).toHaveBeenCalledTimes(1);
    const first = await early(limitsOf());
    expect(numberOf(first)).toBe('1');
    expect(await first.findTarget(limitsOf())).toMatchObject({ address: 'target 1' });
    expect(findTarget).toHaveBeenCalledTimes(1);
    expect(numberOf(await early(limitsOf()))).toBe('2');
    expect(numberOf(await early(limitsOf()))).toBe('3');
  });

  it.each([
    [4999, '1'],
    [5000, '2'],
    [60_000, '2'],
  ])('that is %d ms old gives the run preparation %s', async (age, number) => {
    let now = 1000;
    const early = start(counting().prepare, () => now);
    now += age;
    expect(numberOf(await early(limitsOf()))).toBe(number);
  });

  it('that was too old once is not used later', async () => {
    let now = 0;
    const early = start(counting().prepare, () => now);
    now = 5000;
    await early(limitsOf());
    now = 1;
    expect(numberOf(await early(limitsOf()))).toBe('3');
  });

  it('that fails is handled by the first run, and the second prepares anew', async () => {
    const { prepare } = counting();
    prepare.mockRejectedValueOnce(down);
    const early = start(prepare, () => 0);
    await tick(); // an unhandled rejection would fail the test run here
    await expect(early(limitsOf())).rejects.toBe(down);
    expect(numberOf(await early(limitsOf()))).toBe('1');
  });

  it('that fails before anybody asks harms nobody', async () => {
    let count = 0;
    const prepare = (): Promise<never> => {
      count += 1;
      return Promise.reject(down);
    };
    start(prepare, () => 0);
    await tick(); // an unhandled rejection would fail the test run here
    expect(count).toBe(1);
  });

  it('whose target fails is handled by the first run when it asks for the target', async () => {
    const findTarget = () => Promise.reject(down); // no mock: a mock handles the rejection of what it returns
    const early = start(
      () => Promise.resolve({ findTarget } as unknown as RunInputs),
      () => 0,
    );
    await tick();
    const first = await early(limitsOf());
    await expect(first.findTarget(limitsOf())).rejects.toBe(down);
  });

  it('under way ends with the run that waits for it', async () => {
    const prepare = counting().prepare.mockReturnValueOnce(new Promise(() => {}));
    const early = start(prepare, () => 0);
    const run = new AbortController();
    const waiting = early(limitsOf(run.signal));
    run.abort(gone);
    await expect(waiting).rejects.toBe(gone);
    expect(numberOf(await early(limitsOf()))).toBe('1');
  });

  it('whose target is under way ends with the run that waits for it', async () => {
    const { prepare, findTarget } = counting();
    findTarget.mockReturnValueOnce(new Promise(() => {}));
    const first = await start(prepare, () => 0)(limitsOf());
    await expect(first.findTarget(limitsOf(AbortSignal.abort(gone)))).rejects.toBe(gone);
  });

  it('may take as long as Nacos may be asked', () => {
    const limit = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(limit.signal);
    const { prepare } = counting();
    start(prepare, () => 0);
    expect(timeout.mock.calls).toEqual([[5000]]);
    timeout.mockRestore();
    const limits = prepare.mock.calls[0]?.[0];
    expect([limits?.nacos.aborted, limits?.run.aborted]).toEqual([false, false]);
    limit.abort();
    expect([limits?.nacos.aborted, limits?.run.aborted]).toEqual([true, true]);
  });

  it('is abandoned with the run that took it', async () => {
    const prepare = counting().prepare.mockReturnValueOnce(new Promise(() => {}));
    const early = start(prepare, () => 0);
    const run = new AbortController();
    const waiting = early(limitsOf(run.signal));
    run.abort(gone);
    await expect(waiting).rejects.toBe(gone);
    expect(prepare.mock.calls[0]?.[0].nacos.reason).toBe(gone);
  });
});
