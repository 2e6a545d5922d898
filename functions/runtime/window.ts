import { formatDuration, parseDuration } from './duration.ts';
import type { Window } from '../../protos/gen/bi/cron/v1/Window.ts';
import { isObject } from './object.ts';
import { formatRfc3339 } from './rfc3339.ts';
import { Description } from './run-error.ts';
import type { Problem } from './checks.ts';

type Timestamp = NonNullable<Window['start']>;

/** What the upstream API allows the windows of a task to be, as the task states it: durations such as `1d`. */
export interface WindowRule {
  /** The longest window; any length when missing. */
  readonly max?: string;
  /** How far back from now a window may start; any age when missing. */
  readonly maxAge?: string;
  /** Must a request have a window? */
  readonly required?: boolean;
  /** A list of the request that can stand in the window's place, never beside it: its field, and what its items are called. */
  readonly instead?: { readonly field: string; readonly items: string };
}

/** The same in milliseconds. */
export interface WindowLimits {
  /** The longest window in ms. */
  readonly maxMs: number;
  /** How far back from `now` the window may start, in ms. */
  readonly maxAgeMs?: number;
}

/** A rule's durations in milliseconds; `maxMs` is Infinity where any length is allowed. Throws when one is no duration. */
export function limitsOf({ max, maxAge }: WindowRule): WindowLimits {
  const maxMs = max === undefined ? Infinity : readLimit('max', max);
  return maxAge === undefined ? { maxMs } : { maxMs, maxAgeMs: readLimit('maxAge', maxAge) };
}

function readLimit(name: string, text: string): number {
  const limitMs = parseDuration(text);
  if (limitMs === undefined) throw new Error(`window.${name}: expected a duration, got ${JSON.stringify(text)}`);
  return limitMs;
}

/**
 * The window of a request when neither the event nor the task gives one: it ends at the slot and reaches back by the
 * options `lookback` and `overlap`. Undefined without a `lookback`, and where a list stands in its place.
 */
export function defaultWindow(rule: WindowRule, slot: Date, options: unknown, given: object): Window | undefined {
  const { lookback, overlap } = isObject(options) ? options : {};
  if (typeof lookback !== 'number' || hasInstead(rule, given)) return undefined;
  return windowBefore(slot, { lookback, overlap: typeof overlap === 'number' ? overlap : 0 }, limitsOf(rule));
}

/** Why a request's window, or its lack, breaks the rule; empty when it does not. `now` bounds the window's age. */
export function checkWindowRule(rule: WindowRule, request: { readonly window?: unknown }, now: Date): Problem[] {
  const { window } = request;
  if (!isObject(window)) return rule.required === true ? checkWindow({}, limitsOf(rule), now) : [];
  const { instead } = rule;
  const both =
    instead !== undefined && hasInstead(rule, request)
      ? [{ field: instead.field, expected: `a window or ${instead.items}, not both`, got: new Description('both') }]
      : [];
  return [...checkWindow(window, limitsOf(rule), now), ...both];
}

function hasInstead({ instead }: WindowRule, request: object): boolean {
  const list = instead && isObject(request) ? request[instead.field] : undefined;
  return Array.isArray(list) && list.length > 0;
}

/** A window as it is written: RFC 3339, UTC. */
export interface Interval {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

/** The window of a request message; undefined when it has none. */
export function intervalOf(request: object): Interval | undefined {
  const { window } = request as { readonly window?: Window | null }; // a request has it in this form or not at all
  const toText = (end: Window['start']): string | undefined => (end ? formatRfc3339(toDate(end)) : undefined);
  return window ? { start: toText(window.start), end: toText(window.end) } : undefined;
}

/** A point in time as a Timestamp message. */
export function toTimestamp(time: Date): { seconds: number; nanos: number } {
  const ms = time.getTime();
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: (ms - seconds * 1000) * 1e6 };
}

/** A Timestamp message as a Date, to the millisecond. */
export const toDate = (timestamp: Timestamp): Date => new Date(toMs(timestamp));

function toMs({ seconds = 0, nanos = 0 }: Timestamp): number {
  return Number(seconds) * 1000 + nanos / 1e6;
}

/**
 * The window that a run at `slot` asks for: it reaches back by `lookback`, so that the next run heals a missed tick, and
 * by `overlap` more, so that orders at a slice's edge are not lost. Never longer than the upstream API allows.
 */
export function windowBefore(slot: Date, options: { lookback: number; overlap: number }, limits: WindowLimits): Window {
  const lengthMs = Math.min(options.lookback + options.overlap, limits.maxMs);
  const startMs = Math.max(slot.getTime() - lengthMs, 0); // nothing is older than 1970, and a Timestamp ends at year 1
  return { start: toTimestamp(new Date(startMs)), end: toTimestamp(slot) };
}

/** Why the upstream API would refuse this window; empty when it would not. `now` bounds its age. */
export function checkWindow(window: Window, limits: WindowLimits, now: Date): Problem[] {
  if (!window.start) return [{ field: 'window.start', expected: 'a time (both ends are required)', got: undefined }];
  if (!window.end) return [{ field: 'window.end', expected: 'a time (both ends are required)', got: undefined }];
  const [startMs, endMs] = [toMs(window.start), toMs(window.end)];
  const problems: Problem[] = [];
  if (endMs <= startMs) {
    problems.push({
      field: 'window.end',
      expected: `a time after window.start (${toText(startMs)})`,
      got: toText(endMs),
    });
  }
  if (endMs - startMs > limits.maxMs) {
    const allowed = `at most ${formatDuration(limits.maxMs)} after window.start`;
    problems.push({
      field: 'window.end',
      expected: allowed,
      got: new Description(`${formatDuration(endMs - startMs)} after it`),
    });
  }
  if (limits.maxAgeMs !== undefined && startMs < now.getTime() - limits.maxAgeMs) {
    problems.push({
      field: 'window.start',
      expected: `at most ${formatDuration(limits.maxAgeMs)} ago`,
      got: toText(startMs),
    });
  }
  return problems;
}

const toText = (ms: number): string => new Date(ms).toISOString();
