import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { roundPhases, truncateText } from './answer.ts';
import type { LineWriter } from './line-writer.ts';
import type { Outcome } from './outcome.ts';
import { escapeInvisible, redactAll, type Redact } from './redact.ts';
import type { RunResult } from './run-record.ts';
import { formatRfc3339 } from './rfc3339.ts';

/** Facts of a run that only its process knows. */
export interface RunContext {
  readonly task: string;
  /** The image's version. */
  readonly version?: string | undefined;
  /** Who sent the event, by its token. */
  readonly subject?: string | undefined;
  /** How many callers waited for it: more than one when a sender repeated the event meanwhile. */
  readonly callers: number;
  readonly status: number;
  readonly now: Date;
}

const LEVELS = {
  done: 'info',
  skipped: 'info',
  rejected: 'warn',
  busy: 'warn',
  unavailable: 'warn',
  unknown: 'error',
} as const satisfies Record<Outcome, string>;

/** Writes a line about the process itself on standard error, whatever LOG_LEVEL says. */
export function warn(task: string, msg: string): void {
  writeError(toLine({ level: 'warn', time: new Date().toISOString(), task, msg }));
}

/** Writes on standard error. Where that is full, the text is lost: its error, uncaught, would be written there again. */
export function writeError(text: string): void {
  const { stderr } = process;
  if (!stderr.listeners('error').includes(ignore)) stderr.on('error', ignore);
  stderr.write(text);
}

const ignore = (): void => {};

/** Writes the one line of a run. */
export function logRun(log: Logger, result: RunResult, context: RunContext): void {
  const { ending, trigger, error, holder } = result;
  const isBug = ending.reason === 'bug';
  const fields = {
    task: context.task,
    runKey: trigger?.runKey,
    slot: trigger && formatRfc3339(trigger.slot),
    lagMs: trigger && context.now.getTime() - trigger.slot.getTime(),
    trigger: trigger?.kind,
    window: result.window,
    eventId: trigger?.eventId ?? error?.event?.id,
    eventSource: trigger?.eventSource ?? error?.event?.source,
    eventType: trigger?.eventType ?? error?.event?.type,
    attempt: trigger?.attempt,
    subject: context.subject,
    traceparent: trigger?.traceparent,
    ...ending,
    status: context.status,
    grpcCode: result.grpcCode,
    target: result.target,
    configSource: result.source,
    configMd5: result.documents && hashTexts(result.documents),
    version: context.version,
    cold: result.cold,
    callers: context.callers,
    holder: holder && { runKey: holder.runKey, ageMs: Math.round(holder.ageMs) },
    summary: result.summary,
    field: error?.field,
    error: error?.message,
    err: isBug ? error?.cause : undefined,
    ms: roundPhases(result.ms),
  };
  log[LEVELS[ending.outcome]](fields, `${ending.outcome}: ${ending.reason}`);
}

/** The MD5 of each text, as Nacos shows it. */
function hashTexts(texts: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(
    Array.from(texts, ([dataId, text]) => [dataId, createHash('md5').update(text).digest('hex')]),
  );
}

/**
 * The process's logger: lines of JSON, at most 16 KiB each. pino is loaded with the first line, after the answer, because it
 * costs a cold start 6 ms.
 */
export async function createLog(level: string, redact: Redact, output: LineWriter): Promise<Logger> {
  const { pino } = await import('pino');
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: (line) => toLine(redactAll(JSON.parse(line), redact) as object) },
    },
    output,
  );
}

const MAX_LINE_BYTES = 16 * 1024; // of which a collector keeps a line whole
const MIN_LENGTH = 16;

/** A line with its line feed. What makes it too long is cut: texts, lists and objects within, shorter and shorter. */
export function toLine(fields: object): string {
  let line = toJson(fields);
  for (let max = MAX_LINE_BYTES / 4; Buffer.byteLength(line) > MAX_LINE_BYTES && max >= MIN_LENGTH; max /= 2) {
    line = toJson(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, truncate(value, max)])));
  }
  return line;
}

const toJson = (fields: object): string => `${escapeInvisible(JSON.stringify(fields))}\n`;

function truncate(value: unknown, max: number, depth = 0): unknown {
  if (typeof value === 'string') return truncateText(value, max);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > 2) return '…';
  if (Array.isArray(value)) return value.slice(0, max).map((item) => truncate(item, max, depth + 1));
  const members = Object.entries(value).slice(0, max);
  return Object.fromEntries(members.map(([name, item]) => [truncateText(name, max), truncate(item, max, depth + 1)]));
}
