import * as v from 'valibot';
import { locateIn, toConfigError } from './issues.ts';
import { mergeTrees } from './merge.ts';
import type { ConfigDocument } from './parse.ts';
import { sectionsFor, taskSchema, type BackendConfig } from './schema.ts';
import { invalidConfig, quoteValue } from '../run-error.ts';
import type { Task } from '../task.ts';

/** What one run needs of the merged configuration. */
export interface TaskConfig {
  readonly backend: BackendConfig;
  /** Deadline of the call in ms: the task's own timeout, else the backend's. */
  readonly timeoutMs: number;
  /** Why scheduled ticks are skipped; undefined when they are not. */
  readonly paused: string | undefined;
  /** The task's own options, by its schema. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Where a key of the task's options stands, as `data ID:line`; the data IDs when it stands nowhere. */
  locate(path: readonly (string | number)[]): string;
}

/**
 * Merges the documents and validates what this task reads of them: `env`, its backend, its own options. Mistakes in
 * other tasks' keys are theirs. Throws `rejected: config` naming data ID, line, key, expectation and value.
 */
export function validateConfig(documents: readonly ConfigDocument[], task: Task, deployEnv: string): TaskConfig {
  const merged = mergeTrees(documents.map((document) => document.value));
  const locate = (path: readonly (string | number)[]): string => locateIn(documents, path);
  if (merged['env'] !== deployEnv) {
    throw invalidConfig(
      'env',
      `${locate(['env'])} env: expected ${quoteValue(deployEnv)} as DEPLOY_ENV says, got ${quoteValue(merged['env'])}`,
    );
  }
  const result = v.safeParse(sectionsFor(task), merged, { abortEarly: false });
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
