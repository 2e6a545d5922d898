import { readConfig } from '../../functions/runtime/config/config.ts';
import { mergeTrees } from '../../functions/runtime/config/merge.ts';
import { formatDuration } from '../../functions/runtime/duration.ts';
import { isObject } from '../../functions/runtime/object.ts';
import type { AnyTask } from '../../functions/runtime/task.ts';
import { parseAll } from './config-desk.ts';
import type { DocumentText } from './history.ts';

/** One key of a task's effective configuration. */
export interface ExplainedKey {
  /** Such as `tasks.full-order.lookback`. */
  readonly key: string;
  readonly value: string;
  /** `data ID:line`, or `default` for what no document says. */
  readonly origin: string;
}

const DURATIONS = new Set(['timeout', 'lookback', 'overlap']);

/** What a task reads of these documents, by key, each with the place that decided it. Throws RunError as the function would. */
export function explainConfig(texts: readonly DocumentText[], task: AnyTask, deployEnv: string): ExplainedKey[] {
  const documents = parseAll(texts);
  const config = readConfig(documents, task, deployEnv);
  const merged = mergeTrees(documents.map(({ value }) => value));
  const originOf = (path: readonly string[]): string =>
    documents.toReversed().flatMap((document) => document.locate(path) ?? [])[0] ?? 'default';

  const sections = [
    { path: ['env'], effective: deployEnv },
    { path: ['grpc', task.backend], effective: config.backend },
    {
      path: ['tasks', task.name],
      effective: { timeout: config.timeoutMs, paused: config.paused, ...asObject(config.options) },
    },
  ];
  return sections.flatMap(({ path, effective }) =>
    leaves(effective, path).map(({ path, value }) => {
      const stated = path.reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), merged);
      const origin = originOf(path);
      return { key: path.join('.'), value: show(path.at(-1) ?? '', stated ?? value), origin };
    }),
  );
}

function asObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

function leaves(value: unknown, path: readonly string[]): { path: readonly string[]; value: unknown }[] {
  if (!isObject(value)) return value === undefined || value === null ? [] : [{ path, value }];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, [...path, key]));
}

/** Text that a person would write in the document. */
function show(key: string, value: unknown): string {
  if (DURATIONS.has(key) && typeof value === 'number') return formatDuration(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
