import { describe, expect, it, vi } from 'vitest';
import type { FetchedDocuments } from './config/fetch.ts';
import type { TaskConfig } from './config/validate.ts';
import { createPrefetch } from './engine.ts';
import { askEarly, startEarlyInquiry } from './nacos/early.ts';
import { Inquiry } from './nacos/inquiry.ts';
import type { RunInputs } from './run.ts';
import { RunError } from './run-error.ts';
import type { Target } from './target.ts';

const limitsOf = (run: AbortSignal = new AbortController().signal) => ({ run, nacos: new Inquiry(run) });
const tick = () => new Promise((resolve) => setImmediate(resolve));
const down = new RunError({ outcome: 'unavailable', reason: 'nacos' }, 'Nacos is down');
const gone = new RunError({ outcome: 'unavailable', reason: 'caller' }, 'the caller has gone');

/** A preparation whose every fetch and every target has its number. */
function start(find?: (number: number) => Promise<Target>) {
  let now = 0;
  let fetches = 0;
  let targets = 0;
  const numbers = new Map<FetchedDocuments, string>();
  const fetch = vi.fn(() => {
    fetches += 1;
    const fetched: FetchedDocuments = { texts: [], source: 'nacos' };
    numbers.set(fetched, String(fetches));
    return Promise.resolve(fetched);
  });
  const findTarget = vi.fn(() => {
    targets += 1;
    const target = { address: `target ${targets}`, client: {} as Target['client'] }; // nothing is called here
    return find === undefined ? Promise.resolve(target) : find(targets);
  });
  const early = startEarlyInquiry();
  const prefetch = createPrefetch({
    early,
    documents: askEarly(early, fetch, () => now),
    fetch,
    loadConfig: (fetched) => ({
      config: { paused: numbers.get(fetched) } as TaskConfig,
      source: fetched.source,
      documents: new Map<string, string>(),
    }), // the rest is not read
    findTarget,
    monotonicMs: () => now,
  });
  return {
    prefetch,
    fetch,
    findTarget,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

const numberOf = ({ config }: RunInputs): string | undefined => config.paused;

describe('what is prepared before the first event', () => {
  it('is begun at once, with the target, and is the first run’s only', async () => {
    const { prefetch, fetch, findTarget } = start();
    await tick();
    expect([fetch.mock.calls.length, findTarget.mock.calls.length]).toEqual([1, 1]);
    const first = await prefetch(limitsOf());
    expect(numberOf(first)).toBe('1');
    expect(await first.findTarget(limitsOf())).toMatchObject({ address: 'target 1' });
    const second = await prefetch(limitsOf());
    expect(numberOf(second)).toBe('2');
    expect(await second.findTarget(limitsOf())).toMatchObject({ address: 'target 2' });
  });

  it('is made anew, with the target, when it arrived a second ago', async () => {
    const { prefetch, pass } = start();
    await tick();
    pass(1000);
    const first = await prefetch(limitsOf());
    expect(numberOf(first)).toBe('2');
    expect(await first.findTarget(limitsOf())).toMatchObject({ address: 'target 2' });
  });

  it('has a target that is looked for again when it is a second old, though the documents were not', async () => {
    const { prefetch, pass } = start();
    await tick();
    const limits = limitsOf();
    const first = await prefetch(limits);
    pass(1000);
    expect(await first.findTarget(limits)).toMatchObject({ address: 'target 2' });
  });

  it('has a target that the run looks for itself where the early one was not found', async () => {
    const found: Target = { address: 'found', client: {} as Target['client'] }; // nothing is called here
    const { prefetch } = start((number) => (number === 1 ? Promise.reject(down) : Promise.resolve(found)));
    await tick(); // an unhandled rejection would fail the test run here
    const first = await prefetch(limitsOf());
    expect(await first.findTarget(limitsOf())).toBe(found);
  });

  it('ends with the run that waits for its target', async () => {
    const { prefetch } = start(() => new Promise(() => {}));
    const first = await prefetch(limitsOf());
    await expect(first.findTarget(limitsOf(AbortSignal.abort(gone)))).rejects.toBe(gone);
  });
});
