import * as v from 'valibot';
import type { ConfigDocument } from './document.ts';
import { mergeTrees } from './merge.ts';
import { duration, durationOr, optional } from '../options.ts';
import { isObject } from '../object.ts';
import { invalidConfig, quoteValue } from '../run-error.ts';
import type { AnyTask } from '../task.ts';

const tlsSchema = v.strictObject({
  mode: v.picklist(['insecure', 'tls', 'mtls']),
  /** PEM files, read at each new connection. */
  ca: optional(v.string()),
  cert: optional(v.string()),
  key: optional(v.string()),
  /** The name that the certificate must carry, when it is not the instance's address. */
  serverName: optional(v.string()),
});

const backendSchema = v.strictObject({
  service: v.pipe(v.string(), v.nonEmpty()),
  group: v.nullish(v.pipe(v.string(), v.nonEmpty()), 'DEFAULT_GROUP'),
  cluster: optional(v.string()),
  timeout: durationOr('30s'),
  tls: v.nullish(tlsSchema, { mode: 'insecure' }),
  /** A file with the bearer token to quoteValue to the backend, read again for each call. */
  tokenFile: optional(v.pipe(v.string(), v.nonEmpty())),
});

/** Where a backend is registered and how to speak to it. */
export type BackendConfig = v.InferOutput<typeof backendSchema>;

/** What one run needs of the merged configuration. */
export interface TaskConfig {
  readonly backend: BackendConfig;
  /** Deadline of the call in ms: the task's own timeout, else the backend's. */
  readonly timeoutMs: number;
  /** Why scheduled ticks are skipped; undefined when they are not. */
  readonly paused: string | undefined;
  /** The task's own options, by its schema. */
  readonly options: unknown;
  /** Where a key of the task's options stands, as `data ID:line`; the data IDs when it stands nowhere. */
  locate(path: readonly (string | number)[]): string;
}

/**
 * Merges the documents and validates what this task reads of them: `env`, its backend, its own options. Mistakes in
 * other tasks' keys are theirs. Throws `rejected: config` naming data ID, line, key, expectation and value.
 */
export function readConfig(documents: readonly ConfigDocument[], task: AnyTask, deployEnv: string): TaskConfig {
  const merged = mergeTrees(documents.map((document) => document.value));
  const locate = (path: readonly (string | number)[]): string => locateIn(documents, path);
  if (merged['env'] !== deployEnv) {
    throw invalidConfig(
      'env',
      `${locate(['env'])} env: expected ${quoteValue(deployEnv)} as DEPLOY_ENV says, got ${quoteValue(merged['env'])}`,
    );
  }
  const sections = v.object({
    grpc: v.object({ [task.backend]: backendSchema }),
    tasks: v.nullish(mapOf(v.object({ [task.name]: v.nullish(mapOf(taskSchema(task)), {}) })), {}),
  });
  const result = v.safeParse(sections, merged, { abortEarly: false });
  if (!result.success) throw toConfigError(result.issues, locate);
  const backend = result.output.grpc[task.backend] as BackendConfig; // a computed key widens to an index signature
  const own = result.output.tasks[task.name] ?? v.parse(taskSchema(task), {});
  const { timeout, paused, ...options } = own;
  return {
    backend,
    timeoutMs: timeout ?? backend.timeout,
    paused: paused === true ? 'paused' : paused || undefined,
    options,
    locate: (path) => locate(['tasks', task.name, ...path]),
  };
}

/** Valibot takes an array for an object without keys. */
const mapOf = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(v.unknown(), v.check(isObject, 'a map of keys'), schema);

/** Keys that every task has, beside its own. */
function taskSchema(task: AnyTask) {
  return v.strictObject({
    timeout: optional(duration),
    paused: optional(v.union([v.string(), v.boolean()], 'a reason, or true')),
    ...(task.options as v.ObjectEntries), // AnyTask has no options type
  });
}

function locateIn(documents: readonly ConfigDocument[], path: readonly (string | number)[]): string {
  const place = documents
    .toReversed()
    .map((document) => document.locate(path))
    .find((found) => found !== undefined);
  if (place !== undefined) return place;
  return documents.map(({ dataId }) => dataId).join(', ') || 'no document';
}

type Issue = v.BaseIssue<unknown>;

function toConfigError(issues: readonly Issue[], locate: (path: readonly (string | number)[]) => string): Error {
  const messages = issues.map((issue) => {
    const path = (issue.path ?? []).map(({ key }) => key as string | number); // our schemas hold objects and arrays only
    const key = path.join('.');
    return { key, text: `${locate(path)} ${key}: ${describe(issue)}` };
  });
  return invalidConfig(messages[0]?.key ?? '', messages.map(({ text }) => text).join('; '));
}

/** Valibot's own terms for these are notation, such as `!0`. */
const EXPECTED: Record<string, string> = {
  string: 'a string',
  non_empty: 'a string that is not empty',
  integer: 'a whole number',
  safe_integer: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'a map of keys',
  strict_object: 'a map of keys',
};

function describe(issue: Issue): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') return 'expected a known key, got an unknown one';
  const isOwnText = issue.type === 'check' || issue.type === 'custom' || issue.type === 'union';
  const words = issue.input === undefined ? 'a value' : EXPECTED[issue.type];
  const expected = isOwnText ? issue.message : (words ?? issue.expected ?? issue.message);
  const got = issue.input === null ? 'null' : quoteValue(issue.input);
  return `expected ${expected}, got ${got}`;
}
