import { status } from '@grpc/grpc-js';
import type { Timestamp__Output } from '../../../protos/gen/google/protobuf/Timestamp.ts';
import type { Window__Output } from '../../../protos/gen/bi/cron/v1/Window.ts';
import { Rejection } from './unary.ts';

/** The half-open interval [startMs, endMs) in milliseconds since the epoch. */
export interface Span {
  startMs: number;
  endMs: number;
}

const HOUR_MS = 3_600_000;

/** A request's window, or undefined when it has none. Throws INVALID_ARGUMENT for one end only, an inverted and an empty window. */
export function readWindow(window: Window__Output | null): Span | undefined {
  if (window === null) return undefined;
  if (window.start === null || window.end === null) {
    throw invalid(`window.${window.start === null ? 'start' : 'end'}`, 'both ends of the window or none', null);
  }
  const span = { startMs: toMs(window.start), endMs: toMs(window.end) };
  if (span.startMs >= span.endMs) throw invalid('window.end', `a time after ${iso(span.startMs)}`, iso(span.endMs));
  return span;
}

/** A request's window where the upstream API demands one; INVALID_ARGUMENT without it. */
export function requireWindow(window: Window__Output | null): Span {
  const span = readWindow(window);
  if (span === undefined) throw invalid('window', 'a window with both ends', null);
  return span;
}

/** Whether a moment lies in the half-open span. */
export function isWithin(span: Span, ms: number): boolean {
  return ms >= span.startMs && ms < span.endMs;
}

/** INVALID_ARGUMENT when the span is longer than the upstream API answers in one query. */
export function limitLength(span: Span, maxHours: number): void {
  const hours = (span.endMs - span.startMs) / HOUR_MS;
  if (hours > maxHours) {
    throw invalid('window', `at most ${maxHours} hours from start to end`, `${Number(hours.toFixed(2))} hours`);
  }
}

/** INVALID_ARGUMENT when the span begins more than `months` calendar months before `now`. */
export function limitAge(span: Span, now: Date, months: number): void {
  const oldest = new Date(now);
  oldest.setUTCMonth(oldest.getUTCMonth() - months);
  // Three months before 31 May there is no 31 February: Date rolls over into March, the limit is the last of February.
  if (oldest.getUTCDate() !== now.getUTCDate()) oldest.setUTCDate(0);
  if (span.startMs < oldest.getTime()) {
    throw invalid(
      'window.start',
      `a time within the last ${months} months (from ${oldest.toISOString()})`,
      iso(span.startMs),
    );
  }
}

/** INVALID_ARGUMENT outside 1 to `max`. */
export function checkPageSize(pageSize: number, max: number): void {
  if (pageSize < 1 || pageSize > max) throw invalid('page_size', `1 to ${max}`, pageSize);
}

/** The distinct shops of a request: INVALID_ARGUMENT for none, NOT_FOUND for one that the account does not have. */
export function readShops(shopIds: readonly string[], known: readonly string[]): string[] {
  if (shopIds.length === 0) throw invalid('shop_ids', 'at least one shop', []);
  for (const [index, shopId] of shopIds.entries()) {
    if (!known.includes(shopId)) {
      const range = `${known[0]} to ${known.at(-1)}`;
      throw new Rejection(
        status.NOT_FOUND,
        `shop_ids[${index}]: no shop ${JSON.stringify(shopId)}, the account has ${range}`,
      );
    }
  }
  return [...new Set(shopIds)];
}

function toMs(timestamp: Timestamp__Output): number {
  return Number(timestamp.seconds) * 1000 + timestamp.nanos / 1e6;
}

function iso(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}

/** The caller's request breaks a limit of the upstream API; the message is `field: what was expected, what was sent`. */
export function invalid(field: string, expected: string, actual?: unknown): Rejection {
  const tail = actual === undefined ? '' : `, got ${JSON.stringify(actual)}`;
  return new Rejection(status.INVALID_ARGUMENT, `${field}: expected ${expected}${tail}`);
}
