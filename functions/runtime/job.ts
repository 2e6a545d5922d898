import type { CronFunction } from './handle.ts';
import type { Outcome } from './outcome.ts';

/** What a Job's podFailurePolicy can tell apart (75 and 70 as in sysexits.h): 75 may be tried again, 1 and 70 may not. */
export const EXIT_STATUS = {
  done: 0,
  skipped: 0,
  rejected: 1,
  busy: 75,
  unavailable: 75,
  unknown: 70,
} as const satisfies Record<Outcome, number>;

/** Runs one structured event, writes its log line, closes everything, and gives the exit status. */
export async function runOnce(fn: CronFunction, event: string): Promise<number> {
  const body = Promise.resolve(Buffer.from(event));
  const rawHeaders = ['content-type', 'application/cloudevents+json'];
  const request = { method: 'POST', url: '/', rawHeaders, body, isLocal: true };
  const { ending, log } = await fn.handle(request, new AbortController().signal);
  await log();
  fn.close();
  return EXIT_STATUS[ending.outcome];
}
