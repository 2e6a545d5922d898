import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import type { Command } from 'commander';
import { DURATION_FORM, parseDuration } from '../../functions/runtime/duration.ts';
import { isObject } from '../../functions/runtime/object.ts';
import { parseRfc3339, RFC3339_FORM } from '../../functions/runtime/rfc3339.ts';
import type { SenderOptions } from '../events/open-sender.ts';
import { UsageError } from './exit-code.ts';
import type { CliHost } from './host.ts';

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

type Env = CliHost['env'];

/** Adds `--env` to a command that reads Nacos. Not `--env-file`: Node takes that for itself, wherever it stands. */
export function addEnvFile(command: Command): Command {
  return command.option('--env <file>', 'NAME=value lines, such as knative/overlays/dev/nacos.env; set variables win');
}

/** What to do when variables are missing. */
export const ENVIRONMENT_HINT = 'set these variables, or give --env knative/overlays/<env>/nacos.env';

/** The environment as a pod would have it: the file's variables below those that are set. */
export async function readEnvironment(file: string | undefined, env: Env): Promise<Env> {
  const fromFile = file === undefined ? {} : parseEnv(await readText(`--env ${file}`, file));
  return { ...fromFile, ...env };
}

/** The options that say where a function is, as commander gives them. */
export interface SenderFlags {
  readonly url?: string;
  readonly namespace?: string;
  readonly context?: string;
  readonly serviceAccount: string;
  readonly token?: string;
  readonly timeout: string;
}

/** Adds the options that say where a function is. */
export function addSenderOptions(command: Command): Command {
  return command
    .option('--url <url>', 'the function itself')
    .option('-n, --namespace <name>', 'the namespace of its Knative Service')
    .option('--context <name>', 'the context of kubectl')
    .option('--service-account <name>', 'whose token to send when the cluster asks for one', 'default')
    .option('--token <jwt>', 'send this token instead')
    .option('--timeout <duration>', 'how long to wait for the answer', '610s');
}

/** Throws UsageError. */
export function readSenderOptions({ url, token, namespace, context, ...flags }: SenderFlags): SenderOptions {
  const protocol = url === undefined ? 'http:' : URL.parse(url)?.protocol;
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new UsageError(`--url: expected an http:// or https:// URL, got ${JSON.stringify(url)}`);
  const { serviceAccount } = flags;
  return { url, token, namespace, context, serviceAccount, timeoutMs: readDuration('--timeout', flags.timeout) };
}
