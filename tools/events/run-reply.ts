import { isObject } from '../../functions/runtime/object.ts';
import type { Outcome } from '../../functions/runtime/outcome.ts';
import type { PostResult } from '../stack/post.ts';

/** What an answer says, of the function or of a proxy in front of it. */
export interface RunReply {
  readonly outcome: Outcome;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  /** The `data` of the result event, or the error body; undefined when the answer is not a function's. */
  readonly answer: Readonly<Record<string, unknown>> | undefined;
  readonly status: number | undefined;
  readonly durationMs: number;
}

const OUTCOMES: ReadonlySet<unknown> = new Set<Outcome>([
  'done',
  'skipped',
  'rejected',
  'busy',
  'unavailable',
  'unknown',
]);

/** Statuses of gateways, queue-proxy and activator that say that nothing was started. */
const NOT_BEGUN = new Set([429, 503]);

/**
 * Reads the answer to an event for `task`. A duplicate of a run that ended unknown is unknown itself, and so is the answer
 * of another task's function: what was asked for was not done, but something was.
 */
export function readRunReply(result: PostResult, task: string): RunReply {
  const { status, body, durationMs, error } = result;
  const answer = readReplyBody(body);
  if (answer === undefined || error !== undefined) {
    return { ...describeForeign(result), answer: undefined, status, durationMs };
  }
  const other = readSubject(body);
  if (other !== undefined && other !== task) {
    const message = `expected an answer of ${task}, got one of ${other}: does the address lead to ${task}?`;
    return { outcome: 'unknown', reason: 'task', message, answer, status, durationMs };
  }
  const { outcome, reason, message, holder } = answer;
  const ofHolder = isObject(holder) ? holder['outcome'] : undefined;
  const isDoubtful = reason === 'duplicate' && ofHolder !== 'done'; // admission remembers unknown ends of tasks that are not safe to repeat
  return {
    outcome: isDoubtful ? 'unknown' : outcome,
    reason: typeof reason === 'string' ? reason : undefined,
    message: isDoubtful ? DOUBT : typeof message === 'string' ? message : undefined,
    answer,
    status,
    durationMs,
  };
}

/** A function's answer; only its outcome is checked. */
export interface ReplyBody extends Readonly<Record<string, unknown>> {
  readonly outcome: Outcome;
}

const isOutcome = (value: unknown): value is Outcome => OUTCOMES.has(value);

const DOUBT = 'an earlier run of this key ended unknown: look at the backend whether its work was done';

/** The task that a result event is about; undefined for an error body. */
function readSubject(body: string): string | undefined {
  const { subject } = JSON.parse(body) as { subject?: unknown }; // readReplyBody has found an object
  return typeof subject === 'string' ? subject : undefined;
}

/** The `data` of a result event, or an error body; undefined for what is not a function's. */
export function readReplyBody(body: string): ReplyBody | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const answer = isObject(value) && isObject(value['data']) ? value['data'] : value;
    return isObject(answer) && isOutcome(answer['outcome']) ? { ...answer, outcome: answer['outcome'] } : undefined;
  } catch {
    return undefined;
  }
}

function describeForeign({ status, body, error }: PostResult): Pick<RunReply, 'outcome' | 'reason' | 'message'> {
  if (error !== undefined) {
    const isNotSent = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH/.test(error);
    return { outcome: isNotSent ? 'unavailable' : 'unknown', reason: 'transport', message: error };
  }
  const start = body.replaceAll(/\s+/g, ' ').trim().slice(0, 120);
  const message = `expected an answer of bi-cron, got status ${status}${start === '' ? '' : `: ${start}`}`;
  if (status !== undefined && NOT_BEGUN.has(status)) return { outcome: 'unavailable', reason: 'gateway', message };
  if (status !== undefined && status >= 400 && status < 500) return { outcome: 'rejected', reason: 'gateway', message };
  return { outcome: 'unknown', reason: 'gateway', message };
}
