import { describe, expect, it, vi } from 'vitest';
import { RunError } from '../run-error.ts';
import { askEarly, startEarlyInquiry } from './early.ts';
import { Inquiry } from './inquiry.ts';

const tick = () => new Promise((resolve) => setImmediate(resolve));
const down = new RunError({ outcome: 'unavailable', reason: 'nacos' }, 'Nacos is down');
const gone = new RunError({ outcome: 'unavailable', reason: 'caller' }, 'the caller has gone');
const runOf = (signal: AbortSignal = new AbortController().signal) => new Inquiry(signal);
const SERVER = new URL('http://nacos:8848');

/** An early answer that the test settles, and a run's own that counts. */
function start() {
  let now = 1000;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const inquiry = startEarlyInquiry();
  const early = askEarly(
    inquiry,
    (asking) => asking.ask(promise),
    () => now,
  );
  const own = vi.fn<(inquiry: Inquiry) => Promise<string>>(() => Promise.resolve('own'));
  return {
    inquiry: inquiry.inquiry,
    early,
    own,
    resolve,
    reject,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('an early answer', () => {
  it('is given to the first run only', async () => {
    const { early, own, resolve } = start();
    resolve('early');
    await tick();
    expect(await early.take(runOf(), own)).toBe('early');
    expect(await early.take(runOf(), own)).toBe('own');
    expect(own).toHaveBeenCalledTimes(1);
  });

  it.each([
    [999, 'early'],
    [1000, 'own'],
    [60_000, 'own'],
  ])('that arrived %d ms ago: the run has the %s one', async (age, answer) => {
    const { early, own, resolve, pass } = start();
    pass(60_000); // only its arrival counts
    resolve('early');
    await tick();
    pass(age);
    expect(await early.take(runOf(), own)).toBe(answer);
  });

  it('that failed is never an answer: the run asks itself', async () => {
    const { early, own, reject } = start();
    reject(down);
    await tick(); // an unhandled rejection would fail the test run here
    expect(await early.take(runOf(), own)).toBe('own');
  });

  it('that fails while the run waits is no answer either', async () => {
    const { early, own, reject } = start();
    const taken = early.take(runOf(), own);
    reject(down);
    expect(await taken).toBe('own');
  });

  it('that arrives while the run waits is taken, and nothing is asked twice', async () => {
    const { early, own, resolve } = start();
    const taken = early.take(runOf(), own);
    await tick();
    resolve('early');
    expect(await taken).toBe('early');
    expect(own).not.toHaveBeenCalled();
  });
});

describe('an early question without an answer for 300 ms', () => {
  async function outwait({ early, own }: ReturnType<typeof start>, run = runOf()) {
    vi.useFakeTimers();
    const taken = early.take(run, own);
    taken.catch(() => {}); // handled by the test
    await vi.advanceTimersByTimeAsync(299);
    expect(own).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    vi.useRealTimers();
    expect(own).toHaveBeenCalledTimes(1);
    return { taken };
  }

  it('is asked by the run, too, and abandoned when that is answered', async () => {
    const started = start();
    const { taken } = await outwait(started);
    expect(await taken).toBe('own');
    expect(started.inquiry.signal.aborted).toBe(true);
  });

  it('may still be answered first: the run then stops asking', async () => {
    const started = start();
    started.own.mockReturnValueOnce(new Promise(() => {}));
    const { taken } = await outwait(started);
    started.resolve('early');
    expect(await taken).toBe('early');
    expect(started.own.mock.calls[0]?.[0].signal.aborted).toBe(true);
  });

  it('that fails afterwards leaves the run its own answer', async () => {
    const started = start();
    const { promise, resolve } = Promise.withResolvers<string>();
    started.own.mockReturnValueOnce(promise);
    const { taken } = await outwait(started);
    started.reject(down);
    await tick();
    resolve('own, later');
    expect(await taken).toBe('own, later');
  });

  it('does not hide that the run itself was refused', async () => {
    const started = start();
    started.own.mockRejectedValueOnce(down);
    const { taken } = await outwait(started);
    await expect(taken).rejects.toBe(down);
  });
});

it('an early target whose instances are listed is waited for while it is connected, for a second more', async () => {
  const { promise: connected, resolve: connect } = Promise.withResolvers<string>();
  const early = askEarly(
    startEarlyInquiry(),
    () => connected,
    () => 0,
  );
  const own = vi.fn<(inquiry: Inquiry) => Promise<string>>(() => Promise.resolve('own'));
  vi.useFakeTimers();
  const taken = early.take(runOf(), own);
  await vi.advanceTimersByTimeAsync(1299);
  expect(own).not.toHaveBeenCalled();
  connect('early');
  expect(await taken).toBe('early');
  vi.useRealTimers();
});

describe('the first run', () => {
  it('goes on where the early one began: what that asked counts', async () => {
    const { early, own, resolve, inquiry } = start();
    inquiry.countRequest(SERVER, 'none', '/a');
    inquiry.countLogin(SERVER);
    resolve('early');
    const [first, second] = [runOf(), runOf()];
    await early.take(first, own);
    await early.take(second, own);
    expect([first, second].map((run) => run.requestsLeft(SERVER, 'none', '/a'))).toEqual([1, 2]);
    expect([first, second].map((run) => run.loginsLeft(SERVER))).toEqual([1, 2]);
  });

  it('that is aborted abandons it', async () => {
    const { early, own, inquiry } = start();
    const run = new AbortController();
    const taken = early.take(runOf(run.signal), own);
    run.abort(gone);
    await expect(taken).rejects.toBe(gone);
    expect(inquiry.signal.reason).toBe(gone);
    expect(await early.take(runOf(), own)).toBe('own');
  });
});

it('an early question may take as long as Nacos may be asked', () => {
  const limit = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(limit.signal);
  const { inquiry } = startEarlyInquiry();
  expect(timeout.mock.calls).toEqual([[5000]]);
  timeout.mockRestore();
  expect(inquiry.signal.aborted).toBe(false);
  limit.abort();
  expect(inquiry.signal.aborted).toBe(true);
});
