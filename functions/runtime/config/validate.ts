import * as v from 'valibot';
import { isObject } from '../object.ts';
import { quoteValue, Description } from '../run-error.ts';
import type { Task } from '../task.ts';
import { mergeTrees } from './merge.ts';
import { findMeant } from './near-miss.ts';
import type { ConfigDocument } from './parse.ts';
import { findPlaceholder } from './placeholders.ts';
import { locateIn, toConfigError, toProblem, type ConfigProblem, type Path } from './problems.ts';
import { knownKeys, sectionsFor, taskSchema, type BackendConfig } from './schema.ts';
import { readWritten } from './written-values.ts';

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
  locate(path: Path): string;
}

/**
 * Merges the documents and validates what this task reads of them: `env`, its backend, its own options. Mistakes in
 * other tasks' keys are theirs. Throws `rejected: config` naming data ID, line, key, expectation and value.
 */
export function validateConfig(documents: readonly ConfigDocument[], task: Task, deployEnv: string): TaskConfig {
  const merged = mergeTrees(documents.map((document) => document.value));
  const locate = (path: Path): string => locateIn(documents, path);
  const env = readWritten(merged['env'], ['env'], () => false);
  const expected = `${quoteValue(deployEnv)} as DEPLOY_ENV says`;
  if (env.value !== deployEnv) {
    throw toConfigError([{ path: ['env'], expected, got: env.problems[0]?.got ?? env.value }], locate);
  }
  const sections = readSections(merged, task);
  const misspelt = findMisspelt(merged, task);
  const result = v.safeParse(sectionsFor(task), sections.value, { abortEarly: false });
  const problems = [...misspelt, ...sections.problems];
  if (!result.success) {
    const known = new Set(problems.map(({ path }) => path.join('.')));
    const issues = result.issues.map((issue) => toProblem(issue, (path) => knownKeys(task, path)));
    problems.push(...issues.filter(({ path }) => !known.has(path.join('.'))));
  }
  if (!result.success || problems.length > 0) throw toConfigError(problems, locate);
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

/** The sections of this task, read as they are written; everything else is left unchanged. */
function readSections(merged: Record<string, unknown>, task: Task): { value: object; problems: ConfigProblem[] } {
  const value: Record<string, unknown> = { grpc: merged['grpc'], tasks: merged['tasks'] };
  const problems: ConfigProblem[] = [];
  for (const [section, name] of [
    ['grpc', task.backend],
    ['tasks', task.name],
  ] as const) {
    const written = value[section];
    if (typeof written === 'string') problems.push(...readWritten(written, [section], () => false).problems);
    if (!isObject(written) || written[name] === undefined) continue;
    const read = readWritten(written[name], [section, name], (path) => isIdentifier(task, path));
    value[section] = { [name]: read.value };
    problems.push(...read.problems);
  }
  return { value, problems };
}

const isIdentifier = (task: Task, [section, , option = '']: Path): boolean =>
  section === 'tasks'
    ? ['identifiers', 'wholeNumber'].includes(task.options[option]?.kind ?? '')
    : ['service', 'group', 'cluster'].includes(String(option));

/** Keys that were meant for this task: a misspelt emergency stop must not pass for another task's section, nor a misplaced one. */
function findMisspelt(merged: Record<string, unknown>, task: Task): ConfigProblem[] {
  const sections = { grpc: task.backend, tasks: task.name };
  const options = Object.keys(taskSchema(task).entries);
  return Object.entries(merged).flatMap(([key, value]): ConfigProblem[] => {
    if (isMisplacedStop(task, key, value))
      return [{ path: [key], expected: `tasks.${task.name}.paused`, got: MISPLACED }];
    if (key !== key.trim() && [...options, task.name, ...Object.keys(sections)].includes(key.trim()))
      return [{ path: [key], expected: 'spaces as indentation', got: new Description('blanks of another kind') }];
    if (!isObject(value)) return [];
    const section = key === 'grpc' || key === 'tasks' ? key : findMeant(key, Object.keys(sections));
    const own = section === undefined ? undefined : sections[section as keyof typeof sections];
    if (section === undefined || own === undefined) return [];
    const names = Object.keys(value);
    if (section !== key) {
      const isOurs = names.some((name) => name === own || findMeant(name, [own]) !== undefined);
      return isOurs ? [{ path: [key], expected: section, got: MISSPELT }] : [];
    }
    return names.flatMap((name): ConfigProblem[] => {
      const path = [key, name];
      const placeholder = key === 'tasks' ? findPlaceholder(name) : undefined;
      if (placeholder !== undefined)
        return [{ path, expected: 'a name', got: new Description(`the placeholder ${placeholder}`) }];
      if (key === 'tasks' && !isObject(value[name]) && options.includes(name.trim()))
        return [{ path, expected: `tasks.${own}.${name.trim()}`, got: MISPLACED }];
      return findMeant(name, [own]) === undefined ? [] : [{ path, expected: own, got: MISSPELT }];
    });
  });
}

/** Is it `<task>: { paused }` outside of `tasks`, where nothing is read? */
function isMisplacedStop(task: Task, key: string, value: unknown): boolean {
  const [name = '', option] = key.split('.');
  if (name !== task.name && findMeant(name, [task.name]) === undefined) return false;
  const options = option !== undefined || !isObject(value) ? [option] : Object.keys(value);
  return options.includes('paused');
}

const MISSPELT = new Description('a misspelt key');
const MISPLACED = new Description('a misplaced key');
