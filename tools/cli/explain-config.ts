import { validateConfig, type TaskConfig } from '../../functions/runtime/config/validate.ts';
import type { ConfigDocument } from '../../functions/runtime/config/parse.ts';
import { findDecider, mergeTrees } from '../../functions/runtime/config/merge.ts';
import { formatDuration } from '../../functions/runtime/duration.ts';
import { isObject } from '../../functions/runtime/object.ts';
import type { Task } from '../../functions/runtime/task.ts';
import { isSecretName, maskAll, maskSecrets } from './mask.ts';

/** One key of a task's effective configuration. */
export interface ExplainedKey {
  /** Such as `tasks.full-order.lookback`. */
  readonly key: string;
  /** As written in the document, or as one would write the default; a secret is masked. */
  readonly value: unknown;
  /** The place that decided it: `data ID:line`, or `default` where no document has the key. */
  readonly origin: string;
}

type Path = readonly string[];
type Documents = readonly ConfigDocument[];

/**
 * What a task reads of these documents, key by key: `env`, its backend, its own options. Throws the RunError of a
 * configuration that the function would refuse.
 */
export function explainConfig(documents: Documents, task: Task, deployEnv: string): ExplainedKey[] {
  const config = validateConfig(documents, task, deployEnv);
  const merged = mergeTrees(documents.map(({ value }) => value));
  const sections: [path: Path, defaults: Record<string, unknown>][] = [
    [['env'], {}],
    [['grpc', task.backend], { ...config.backend, timeout: formatDuration(config.backend.timeout) }],
    [['tasks', task.name], defaultsOf(task, config)],
  ];
  return sections.flatMap(([section, defaults]) => {
    const stated = leavesOf(valueAt(merged, section), section);
    const keys = new Set(stated.map(([path]) => path.join('.')));
    const unstated = leavesOf(defaults, section).filter(([path]) => !keys.has(path.join('.')));
    return [...stated, ...unstated].map(([path, value]) => ({
      key: path.join('.'),
      value: path.some(isSecretName) ? maskAll(value) : maskSecrets(value),
      origin: originOf(documents, path, task),
    }));
  });
}

function defaultsOf({ options }: Task, { timeoutMs }: TaskConfig): Record<string, unknown> {
  const own = Object.fromEntries(Object.entries(options).map(([name, { fallback }]) => [name, fallback]));
  return { timeout: formatDuration(timeoutMs), ...own };
}

/** A task without a timeout of its own has its backend's. */
function originOf(documents: Documents, path: Path, task: Task): string {
  const place = placeOf(documents, path);
  if (place !== undefined) return place;
  const isInherited = path.join('.') === `tasks.${task.name}.timeout`;
  return (isInherited ? placeOf(documents, ['grpc', task.backend, 'timeout']) : undefined) ?? 'default';
}

/** The last document that has the key, or replaces by a value of its own what an earlier one has below it. */
function placeOf(documents: Documents, path: Path): string | undefined {
  const trees = documents.map(({ value }) => value);
  for (const [index, document] of [...documents.entries()].toReversed()) {
    for (let length = 1; length <= path.length; length += 1) {
      const above = path.slice(0, length);
      const value = valueAt(document.value, above);
      if (value === undefined || (value === null && findDecider(trees, above) !== index)) break; // a null over a map changes nothing
      if (length === path.length || !isObject(value)) return document.locate(above);
    }
  }
  return undefined;
}

function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), tree);
}

/** Only what has a value: null stands for a default. A list is one value, because lists replace each other whole. */
function leavesOf(value: unknown, path: Path): [Path, unknown][] {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) return [[path, value]];
  return Object.entries(value).flatMap(([name, item]) => leavesOf(item, [...path, name]));
}
