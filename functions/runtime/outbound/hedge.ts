/** One way to get the answer; it must stop when its signal aborts. */
export type StartAttempt<Value> = (signal: AbortSignal) => Promise<Value>;

/**
 * The first answer of several attempts. The next attempt starts when the one before fails, or has not answered within
 * `hedgeMs`; the losers are aborted. Rejects with the last failure when all fail.
 */
export function hedge<Value>(
  attempts: readonly StartAttempt<Value>[],
  hedgeMs: number,
  signal: AbortSignal,
): Promise<Value> {
  const losers = new AbortController();
  const isConcurrent = Number.isFinite(hedgeMs); // else attempts never overlap: the one before has failed
  const combined = isConcurrent ? AbortSignal.any([signal, losers.signal]) : signal;
  let started = 0;
  let failed = 0;
  let timer: NodeJS.Timeout | undefined;
  return new Promise<Value>((resolve, reject) => {
    const startNext = (): void => {
      clearTimeout(timer);
      const attempt = attempts[started];
      if (attempt === undefined) return;
      started += 1;
      const turn = started;
      if (started < attempts.length && isConcurrent) timer = setTimeout(startNext, hedgeMs);
      attempt(combined).then(resolve, (error: unknown) => {
        failed += 1;
        if (failed === attempts.length || combined.aborted) reject(error);
        else if (turn === started) startNext();
      });
    };
    startNext();
  }).finally(() => {
    clearTimeout(timer);
    losers.abort(LOST);
  });
}

const LOST = new Error('another attempt was answered first'); // made once: a DOMException with its stack for each answer costs more than the rest
