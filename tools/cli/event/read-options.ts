import { readFile } from 'node:fs/promises';
import { DURATION_FORM, parseDuration } from '../../../functions/runtime/duration.ts';
import { isObject } from '../../../functions/runtime/object.ts';
import { parseRfc3339, RFC3339_FORM } from '../../../functions/runtime/rfc3339.ts';
import { UsageError } from '../exit-code.ts';

/** Reads `--data`: a JSON object, or `@file` that holds one. Throws UsageError. */
export async function readData(given: string | undefined): Promise<Record<string, unknown> | undefined> {
  if (given === undefined) return undefined;
  const isFile = given.startsWith('@');
  const where = isFile ? `--data ${given}` : '--data';
  const value = parseJson(where, isFile ? await readText(where, given.slice(1)) : given);
  if (!isObject(value)) throw new UsageError(`${where}: expected a JSON object such as '{"pageSize": 20}'`);
  return value;
}

/** Reads a file that an option names. Throws UsageError with the option's name. */
export async function readText(where: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // the file system's own error
    throw new UsageError(`${where}: expected a readable file, got ${code}`, { cause: error });
  }
}

function parseJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError(`${where}: expected JSON, got ${(error as SyntaxError).message}`, { cause: error }); // JSON.parse throws nothing else
  }
}

/** Reads a point in time, to the second. Throws UsageError. */
export function readTime(option: string, given: string): Date {
  const instant = parseRfc3339(given);
  if (instant === undefined)
    throw new UsageError(`${option}: expected ${RFC3339_FORM} or 2026-11-22T13:40:00+08:00, got ${quote(given)}`);
  return new Date(instant.seconds * 1000);
}

/** Reads a duration of at least a second to milliseconds. Throws UsageError. */
export function readDuration(option: string, given: string): number {
  const durationMs = parseDuration(given) ?? 0;
  if (durationMs < 1000 || durationMs % 1000 !== 0)
    throw new UsageError(`${option}: expected ${DURATION_FORM}, whole seconds, got ${quote(given)}`);
  return durationMs;
}

/** Reads a whole number from 1 to `max`. Throws UsageError. */
export function readCount(option: string, given: string, max: number): number {
  const count = Number(given);
  if (!Number.isInteger(count) || count < 1 || count > max)
    throw new UsageError(`${option}: expected a whole number from 1 to ${max}, got ${quote(given)}`);
  return count;
}

const quote = (text: string): string => JSON.stringify(text);
