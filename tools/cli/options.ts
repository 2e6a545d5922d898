import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { Argument, type Command } from 'commander';
import { DURATION_FORM, parseDuration } from '../../functions/runtime/duration.ts';
import { decodeText } from '../../functions/runtime/fallback-file.ts';
import { isObject } from '../../functions/runtime/object.ts';
import { parseRfc3339, RFC3339_FORM } from '../../functions/runtime/rfc3339.ts';
import type { SenderOptions } from '../events/open-sender.ts';
import { offsetReader } from '../manifests/daylight-saving.ts';
import { listTasks } from '../project.ts';
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

/** Reads a file that an option names: UTF-8, or UTF-16 that begins with a byte order mark. Throws UsageError with the option's name. */
async function readText(where: string, file: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // the file system's own error
    throw new UsageError(`${where}: expected a readable file, got ${code}`, { cause: error });
  }
  try {
    return decodeText(bytes);
  } catch (error) {
    const { message } = error as Error; // what decodeText throws
    throw new UsageError(`${where}: expected text in UTF-8 or UTF-16, got ${message}`, { cause: error });
  }
}

function parseJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError(`${where}: expected JSON, got ${(error as SyntaxError).message}`, { cause: error }); // JSON.parse throws nothing else
  }
}

/** What stands for now, and whose midnight a date means, when a time is read. */
export interface TimeContext {
  readonly now: Date;
  /** IANA name. */
  readonly timezone: string;
}

const TIME_FORM = `${RFC3339_FORM}, a date such as 2026-11-19, today, yesterday, or -2h`;

/** Reads a point in time, to the second; a date is its midnight in the zone, a duration counts back from now. Throws UsageError. */
export function readTime(option: string, given: string, { now, timezone }: TimeContext): Date {
  const instant = parseRfc3339(given);
  if (instant !== undefined) return new Date(instant.seconds * 1000);
  const back = given.startsWith('-') ? parseDuration(given.slice(1)) : undefined;
  if (back !== undefined) return new Date(Math.floor((now.getTime() - back) / 1000) * 1000);
  const date = toDate(given, now, timezone);
  if (date === undefined) throw new UsageError(`${option}: expected ${TIME_FORM}, got ${quote(given)}`);
  return date;
}

const DAY_MS = 86_400_000;

/** Midnight of a day in the zone, which may be one that daylight saving moved. */
function toDate(given: string, now: Date, timezone: string): Date | undefined {
  const offsetAt = offsetReader(timezone);
  const today = Math.floor((now.getTime() + offsetAt(now.getTime())) / DAY_MS) * DAY_MS;
  const named = { today, yesterday: today - DAY_MS }[given];
  const local = named ?? (/^\d{4}-\d\d-\d\d$/.test(given) ? Date.parse(`${given}T00:00:00Z`) : Number.NaN);
  if (Number.isNaN(local) || (named === undefined && new Date(local).toISOString().slice(0, 10) !== given))
    return undefined;
  return new Date(local - offsetAt(local - offsetAt(local)));
}

/** An argument that names a task; another name is refused with the nearest one. */
export function taskArgument(name: string, description: string, root: string): Argument {
  const tasks = listTasks(root);
  return new Argument(name, description).choices(tasks).argParser((given: string) => {
    requireTask(given, tasks);
    return given;
  });
}

/** Throws UsageError for an unknown task. */
export function requireTask(given: string | undefined, tasks: readonly string[]): asserts given is string {
  if (given !== undefined && tasks.includes(given)) return;
  const near = given === undefined ? undefined : findNearest(given, tasks);
  const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
  throw new UsageError(
    `task: expected one of ${tasks.join(', ')}, got ${given === undefined ? 'nothing' : quote(given)}${hint}`,
  );
}

/** The name with the fewest letters to change, if that is a third of them at most. */
function findNearest(given: string, names: readonly string[]): string | undefined {
  const ranked = names.map((name) => ({ name, distance: distanceOf(given.toLowerCase(), name) }));
  const [nearest] = ranked.toSorted((one, other) => one.distance - other.distance);
  return nearest !== undefined && nearest.distance <= nearest.name.length / 3 ? nearest.name : undefined;
}

/** How many letters have to be put in, taken out or replaced (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [at, letter] of one.split('').entries()) {
    const next = [at + 1];
    for (const [index, expected] of other.split('').entries())
      next.push(
        Math.min((next[index] ?? 0) + 1, (row[index + 1] ?? 0) + 1, (row[index] ?? 0) + (letter === expected ? 0 : 1)),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
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
  const count = /^\d+$/.test(given) ? Number(given) : 0;
  if (count < 1 || count > max)
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
  readonly audience?: string;
  readonly token?: string;
  readonly timeout: string;
}

/** Adds the options that say where a function is. */
export function addSenderOptions(command: Command): Command {
  return command
    .option('--url <url>', 'the function itself')
    .option('-n, --namespace <name>', 'the namespace of its Knative Service')
    .option('--context <name>', 'the context of kubectl')
    .option('--service-account <name>', 'whose token to send when the function asks for one', 'default')
    .option('--audience <name>', 'what that token is made for; CALLER_AUDIENCE of the Service when missing')
    .option('--token <jwt>', 'send this token instead')
    .option('--timeout <duration>', 'how long to wait for the answer', '610s');
}

/** Throws UsageError. */
export function readSenderOptions({ url, token, namespace, context, ...flags }: SenderFlags): SenderOptions {
  const protocol = url === undefined ? 'http:' : URL.parse(url)?.protocol;
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new UsageError(`--url: expected an http:// or https:// URL, got ${JSON.stringify(url)}`);
  const { serviceAccount, audience } = flags;
  return {
    url,
    token,
    namespace,
    context,
    serviceAccount,
    audience,
    timeoutMs: readDuration('--timeout', flags.timeout),
  };
}
