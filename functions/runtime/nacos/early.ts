import { NACOS_BUDGET_MS, orAbort } from '../deadline.ts';
import { Inquiry } from './inquiry.ts';

/** What is asked before any event is there, on behalf of the first run. */
export interface EarlyInquiry {
  readonly inquiry: Inquiry;
  /** Ends all that it still waits for. */
  readonly abandon: (reason: unknown) => void;
}

export function startEarlyInquiry(): EarlyInquiry {
  const abandoned = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(NACOS_BUDGET_MS), abandoned.signal]);
  return { inquiry: new Inquiry(signal, { isEarly: true }), abandon: (reason) => abandoned.abort(reason) };
}

/** An answer that was asked for early. */
export interface EarlyAnswer<Value> {
  /** For what else is asked early. Rejects when the question failed. */
  readonly answer: Promise<Value>;
  /**
   * The answer for the first run that takes it, within a second after it arrived. The run asks itself, by `ask`, where the
   * early question failed, is too old, or has no answer for 300 ms more; so do all later runs.
   */
  take(inquiry: Inquiry, ask: (inquiry: Inquiry) => Promise<Value>): Promise<Value>;
}

const MAX_AGE_MS = 1000;
const WAIT_MS = 300;
const CONNECT_WAIT_MS = 1000; // Nacos has answered, and what follows from it is under way: asking again would not be sooner

/** Asks at once. */
export function askEarly<Value>(
  { inquiry: early, abandon }: EarlyInquiry,
  ask: (inquiry: Inquiry) => Promise<Value>,
  monotonicMs: () => number,
): EarlyAnswer<Value> {
  let isTaken = false;
  let arrivedAt: number | undefined;
  let isPending = true;
  const answer = ask(early);
  const settled = observe();

  async function observe(): Promise<void> {
    try {
      await answer;
      arrivedAt = monotonicMs();
    } catch {
      // never an answer: the run asks itself
    } finally {
      isPending = false;
    }
  }

  async function takeFirst(inquiry: Inquiry, askNow: (inquiry: Inquiry) => Promise<Value>): Promise<Value> {
    if (isPending) await settlesWithin(settled, WAIT_MS);
    if (isPending && !early.isAsking) await settlesWithin(settled, CONNECT_WAIT_MS);
    if (arrivedAt !== undefined && monotonicMs() - arrivedAt < MAX_AGE_MS) return answer;
    if (!isPending) return askNow(inquiry);
    const overtaken = new AbortController();
    const own = askNow(inquiry.until(AbortSignal.any([inquiry.signal, overtaken.signal])));
    try {
      return await Promise.race([own, settled.then(() => (arrivedAt === undefined ? own : answer))]);
    } finally {
      overtaken.abort(OVERTAKEN);
      abandon(OVERTAKEN);
      own.catch(() => {}); // overtaken
    }
  }
  return {
    answer,
    take: (inquiry, askNow) => {
      if (isTaken) return askNow(inquiry);
      isTaken = true;
      inquiry.continue(early);
      inquiry.signal.addEventListener('abort', () => abandon(inquiry.signal.reason), { once: true });
      return orAbort(takeFirst(inquiry, askNow), inquiry.signal);
    },
  };
}

const OVERTAKEN = new Error('another request was answered first');

async function settlesWithin(settled: Promise<void>, limitMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  await Promise.race([settled, promise]);
  clearTimeout(timer);
}
