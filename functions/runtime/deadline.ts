/** A signal that aborts when the time is over, unless it is stopped before. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** To be called when the work is over: it lets go of the timer and of every signal that was combined from this one. */
  stop(): void;
}

/** The longest timer of Node: a longer one would fire at once. Well within grpc-timeout. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** As `AbortSignal.timeout`, which cannot be stopped: Node 24 keeps every signal combined from one that was listened to. */
export function startTimeLimit(
  limitMs: number,
  createReason: () => Error = () => new DOMException(`no end within ${limitMs} ms`, 'TimeoutError'),
): TimeLimit {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(createReason()), Math.min(limitMs, LONGEST_TIMER_MS));
  return { signal: controller.signal, stop: () => clearTimeout(timer) };
}

/** When to give up: `nacos` covers all that is asked of Nacos, `run` the whole run. */
export interface Limits {
  readonly nacos: AbortSignal;
  readonly run: AbortSignal;
}
