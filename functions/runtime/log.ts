import type { Logger } from 'pino';
import { roundPhases } from './answer.ts';
import type { Outcome } from './outcome.ts';
import { escapeInvisible, type Redact } from './redact.ts';
import type { RunResult } from './run-record.ts';
import { formatRfc3339 } from './rfc3339.ts';

/** Facts of a run that only its process knows. */
export interface RunContext {
  readonly task: string;
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
  process.stderr.write(`${JSON.stringify({ level: 'warn', time: new Date().toISOString(), task, msg })}\n`);
}

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
    eventId: trigger?.eventId,
    subject: context.subject,
    traceparent: trigger?.traceparent,
    ...ending,
    status: context.status,
    grpcCode: result.grpcCode,
    target: result.target,
    source: result.source,
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

/** Takes whole lines, each with its line feed, secrets out already. */
export interface LogDestination {
  write(line: string): void;
}

/**
 * The process's logger: JSON lines on standard output unless told otherwise, written at once. pino is loaded with the first
 * line, after the answer, because it costs a cold start 6 ms.
 */
export async function createLog(level: string, redact: Redact, destination?: LogDestination): Promise<Logger> {
  const { pino } = await import('pino');
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: (line) => escapeInvisible(redact(line)) },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
}
