import type { RunEnd } from './outcome.ts';

interface Details {
  /** Path of the offending input, such as `data.window.end` or `tasks.full-order.lookback`. */
  readonly field?: string | undefined;
  /** Name of the gRPC status, such as `UNAVAILABLE`, when the backend or its channel said it. */
  readonly grpcCode?: string | undefined;
  readonly cause?: unknown;
  readonly event?: EventIdentity | undefined;
}

/** Who sent which event, as far as it could be read. */
export interface EventIdentity {
  readonly id?: string | undefined;
  readonly source?: string | undefined;
  readonly type?: string | undefined;
}

/**
 * The one way to leave a run early: an ending and a message that reads alone, "where: what was expected, what came".
 * The message goes to callers and logs, so it never carries a payload or a secret.
 */
export class RunError extends Error {
  override readonly name = 'RunError';
  readonly ending: RunEnd;
  readonly field: string | undefined;
  readonly grpcCode: string | undefined;
  /** The event that was refused; known only before a trigger was read from it. */
  readonly event: EventIdentity | undefined;

  constructor(ending: RunEnd, message: string, { field, grpcCode, cause, event }: Details = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.ending = ending;
    this.field = field;
    this.grpcCode = grpcCode;
    this.event = event;
  }

  /** The same error with the event that it refuses, unless it names one. */
  about({ id, source, type }: EventIdentity): RunError {
    if (this.event !== undefined) return this;
    const { ending, message, field, grpcCode, cause } = this;
    return new RunError(ending, message, { field, grpcCode, cause, event: { id, source, type } });
  }

  /** Normalises anything caught: a RunError stays itself, everything else is a bug. */
  static from(caught: unknown): RunError {
    if (caught instanceof RunError) return caught;
    return new RunError({ outcome: 'unknown', reason: 'bug' }, 'internal error; the log line has the details', {
      cause: caught,
    });
  }
}

const MAX_FIELD = 200;

/** The sender's mistake: `field` names the attribute or data path. Answered 400. */
export function invalidEvent(field: string, expected: string, got: unknown, cause?: unknown): RunError {
  const at = field.length > MAX_FIELD ? `${field.slice(0, MAX_FIELD)}…` : field; // a sender may have named it
  return new RunError({ outcome: 'rejected', reason: 'event' }, `${at}: expected ${expected}, got ${quoteValue(got)}`, {
    field: at,
    cause,
  });
}

/** A mistake in the configuration: `field` names the key, `where` its document and line. Answered 422. */
export function invalidConfig(field: string, message: string, cause?: unknown): RunError {
  return new RunError({ outcome: 'rejected', reason: 'config' }, message, { field, cause });
}

const SHOWN_CHARACTERS = 60;

/** A description of what came, where the value would say too little or too much. */
export class Description {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value as it is quoted in messages: JSON, shortened; `nothing` for undefined; objects and arrays by kind only. */
export function quoteValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value instanceof Description) return value.text;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string' && value.length > SHOWN_CHARACTERS) {
    return `${JSON.stringify(value.slice(0, SHOWN_CHARACTERS))}… (${value.length} characters)`;
  }
  return JSON.stringify(value);
}
