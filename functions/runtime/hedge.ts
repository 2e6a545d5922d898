/** One way to get the answer; it must stop when its signal aborts. */
export type Attempt<Answer> = (signal: AbortSignal) => Promise<Answer>;

/**
 * The first answer of several attempts. The next attempt starts when the one before fails, or has not answered within
 * `hedgeMs`; the losers are aborted. Rejects with the last failure when all fail.
 */
export function hedge<Answer>(
  attempts: readonly Attempt<Answer>[],
  hedgeMs: number,
  signal: AbortSignal,
): Promise<Answer> {
  const losers = new AbortController();
  const combined = AbortSignal.any([signal, losers.signal]);
  let started = 0;
  let failed = 0;
  let timer: NodeJS.Timeout | undefined;
  return new Promise<Answer>((resolve, reject) => {
    const startNext = (): void => {
      clearTimeout(timer);
      const attempt = attempts[started];
      if (attempt === undefined) return;
      started += 1;
      const turn = started;
      if (started < attempts.length && Number.isFinite(hedgeMs)) timer = setTimeout(startNext, hedgeMs);
      attempt(combined).then(resolve, (error: unknown) => {
        failed += 1;
        if (failed === attempts.length || combined.aborted) reject(error);
        else if (turn === started) startNext();
      });
    };
    startNext();
  }).finally(() => {
    clearTimeout(timer);
    losers.abort();
  });
}
