import { randomUUID } from 'node:crypto';
import { RESULT_TYPE_PREFIX } from './event/event-types.ts';
import { formatRfc3339 } from './rfc3339.ts';
import { statusOf } from './outcome.ts';
import { escapeInvisible, redactAll, type Redact } from './redact.ts';
import type { RunResult } from './run-record.ts';
import type { Task } from './task.ts';

/** An HTTP answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The answer to one caller: a structured CloudEvent when the run ended well (a Broker turns any other 2xx body into a
 * 502), a short JSON error otherwise.
 */
export function toAnswer(result: RunResult, task: Task, now: Date, redact: Redact): HttpAnswer {
  const delivery = {
    safeToRepeat: task.safeToRepeat && !result.isFinal,
    viaBroker: result.trigger?.viaBroker ?? false,
  };
  const status = statusOf(result.ending, delivery);
  const { outcome } = result.ending;
  if (outcome === 'done' || outcome === 'skipped') {
    return answer(status, 'application/cloudevents+json', toJson(redactAll(toResultEvent(result, task, now), redact)));
  }
  return answer(status, 'application/json', toErrorBody(result, redact), MORE_HEADERS[result.ending.reason]);
}

/** What HTTP asks for beside a status (RFC 9110 §15.5.2 and §15.5.6), by the reason of the ending. */
const MORE_HEADERS: Record<string, Readonly<Record<string, string>>> = {
  method: { allow: 'POST' },
  unauthenticated: { 'www-authenticate': 'Bearer realm="bi-cron"' },
};

function answer(
  status: number,
  contentType: string,
  body: string,
  more?: Readonly<Record<string, string>>,
): HttpAnswer {
  const headers = { 'content-type': contentType, 'x-content-type-options': 'nosniff', ...more };
  return { status, headers, body };
}

function toResultEvent({ ending, trigger, holder, ms, ...result }: RunResult, task: Task, now: Date): object {
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: `/bi-cron/${task.name}`,
    type: `${RESULT_TYPE_PREFIX}${ending.outcome}`,
    subject: task.name,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    data: {
      runKey: trigger?.runKey,
      slot: trigger === undefined ? undefined : formatRfc3339(trigger.slot),
      outcome: ending.outcome,
      reason: ending.outcome === 'skipped' ? ending.reason : undefined,
      message: result.error?.message,
      holder: holder && {
        runKey: holder.runKey,
        ageMs: Math.round(holder.ageMs),
        outcome: holder.ending?.outcome ?? 'running',
      },
      grpcCode: result.grpcCode,
      target: result.target,
      configSource: result.source,
      summary: result.summary,
      ms: roundPhases(ms),
    },
  };
}

const toJson = (value: unknown): string => escapeInvisible(JSON.stringify(value));

/** Milliseconds with one decimal. */
export function roundPhases(ms: RunResult['ms']): Record<string, number> {
  return Object.fromEntries(Object.entries(ms).map(([phase, value]) => [phase, Math.round(value * 10) / 10]));
}

/** A Broker's dispatcher crashes on an error body of more than 768 bytes (knative eventing 1.9 to 1.22). */
const MAX_ERROR_BYTES = 512;
const MAX_NAME_BYTES = 100;

const DEFAULT_MESSAGE: Record<string, string> = {
  running: 'task: expected no run under way, got one; send the event again when it has ended',
  draining: 'process: expected one that takes new runs, got one that is shutting down; send the event again',
};

function toErrorBody({ ending, error, holder, trigger }: RunResult, redact: Redact): string {
  const nameOf = (name: string): string => truncateName(redact(name)); // in this order: half of a secret is not found
  const held = holder && { runKey: nameOf(holder.runKey), ageMs: Math.round(holder.ageMs) };
  const build = (message: string): string =>
    toJson({
      ...ending,
      message,
      field: error?.field && nameOf(error.field),
      runKey: trigger && nameOf(trigger.runKey),
      holder: held,
    });
  const message = redact(error?.message ?? DEFAULT_MESSAGE[ending.reason] ?? ending.reason);
  let length = message.length;
  let body = build(message);
  while (Buffer.byteLength(body) > MAX_ERROR_BYTES && length > 0) {
    length -= Math.max(1, Math.ceil((Buffer.byteLength(body) - MAX_ERROR_BYTES) / 6)); // one character takes at most 6 bytes: \u0000
    body = build(truncateText(message, Math.max(0, length)));
  }
  return body;
}

/** A name that takes at most `MAX_NAME_BYTES` in JSON, where a sender's own field name may be all escapes. */
function truncateName(name: string): string {
  let length = Math.min(name.length, MAX_NAME_BYTES);
  while (Buffer.byteLength(toJson(truncateText(name, length))) - '""'.length > MAX_NAME_BYTES) length -= 1;
  return truncateText(name, length);
}

/** The first characters of a text, marked when some were left out; never half of a surrogate pair. */
export function truncateText(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
