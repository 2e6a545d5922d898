import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { MANUAL_TYPE, PING_TYPE } from './event/event-types.ts';
import { formatRfc3339 } from './rfc3339.ts';
import type { CronFunction, HandleResult } from './handle.ts';
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

/** Runs one structured event in this process, and writes its log line: what `once` and `bi-cron run` share. */
export async function runJob(
  fn: CronFunction,
  event: Uint8Array,
  signal: AbortSignal,
): Promise<Pick<HandleResult, 'answer' | 'ending'>> {
  const body = Promise.resolve(event);
  const rawHeaders = ['content-type', 'application/cloudevents+json'];
  const { answer, ending, log } = await fn.handle(
    { method: 'POST', url: '/', rawHeaders, body, isLocal: true },
    signal,
  );
  await log();
  return { answer, ending };
}

/** Runs one structured event, closes everything, and gives the exit status. */
export async function runOnce(fn: CronFunction, event: string): Promise<number> {
  const { ending } = await runJob(fn, Buffer.from(event), new AbortController().signal);
  fn.close();
  return EXIT_STATUS[ending.outcome];
}

export interface OnceOptions {
  /** The request in proto3 JSON form. */
  readonly data?: string | undefined;
  /** RFC 3339; makes the run that slot's own: the same slot is the same run key. */
  readonly slot?: string | undefined;
}

/** Reads `--task`, `--data` and `--slot`; throws on any other. */
export function readOnceArguments(flags: readonly string[]): OnceOptions & { readonly task?: string | undefined } {
  const options = { task: { type: 'string' }, data: { type: 'string' }, slot: { type: 'string' } } as const;
  return parseArgs({ args: [...flags], options }).values;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The event of a run in a Job, as structured JSON: the one that a JobSink mounted at `$K_EVENT_PATH/event`; else a tick,
 * when the Job has one (`--slot`, or the `JOB_NAME` that a CronJob gave it, which ends in the scheduled minute); else a
 * manual event. A retried pod gets the same tick, and so the same run key.
 */
export function readOnceEvent(task: string, { data, slot }: OnceOptions, env: Env, now: Date): string {
  const mounted = env['K_EVENT_PATH'];
  if (mounted !== undefined && mounted !== '') return readFileSync(path.join(mounted, 'event'), 'utf8');
  const jobName = env['JOB_NAME'] ?? '';
  const time = slot ?? readScheduledTime(jobName, now);
  return JSON.stringify({
    specversion: '1.0',
    id: jobName === '' ? randomUUID() : jobName,
    source: `/bi-cron/once/${task}`,
    type: time === undefined ? MANUAL_TYPE : PING_TYPE,
    subject: task,
    time,
    datacontenttype: 'application/json',
    data: data === undefined ? undefined : parseData(data),
  });
}

const MAX_AGE_MS = 86_400_000;

/**
 * A CronJob names its Jobs `<cronjob>-<minutes since 1970>` (kubernetes `getJobName`). A number that is no minute within a
 * day of now is a person's: `kubectl create job increment-order-20261125 --from=cronjob/increment-order`.
 */
function readScheduledTime(jobName: string, now: Date): string | undefined {
  const minutes = /-(\d{8})$/.exec(jobName)?.[1];
  const time = new Date(Number(minutes ?? 0) * 60_000);
  return Math.abs(time.getTime() - now.getTime()) <= MAX_AGE_MS ? formatRfc3339(time) : undefined;
}

function parseData(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (error) {
    throw new Error(`--data: expected JSON, got ${JSON.stringify(data.slice(0, 40))}`, { cause: error });
  }
}
