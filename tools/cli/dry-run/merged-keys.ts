import * as v from 'valibot';
import type { ConfigDocument } from '../../../functions/runtime/config/document.ts';
import { mergeTrees } from '../../../functions/runtime/config/merge.ts';
import { isObject } from '../../../functions/runtime/object.ts';
import type { AnyTask } from '../../../functions/runtime/task.ts';
import { isSecretName, mask, maskSecrets } from './mask.ts';

/** One key of the merged configuration. */
export interface MergedKey {
  /** `tasks.full-order.lookback` */
  readonly key: string;
  /** As written in the document; a secret is masked. */
  readonly value: unknown;
  /** `data ID:line`, or `default`. */
  readonly origin: string;
}

type Path = readonly string[];

/** What a task reads of the configuration, key by key: `env`, its backend, its own options with their defaults. */
export function listMergedKeys(documents: readonly ConfigDocument[], task: AnyTask): MergedKey[] {
  const merged = mergeTrees(documents.map(({ value }) => value));
  const sections: Path[] = [['env'], ['grpc', task.backend], ['tasks', task.name]];
  const found = sections
    .flatMap((path) => leavesOf(valueAt(merged, path), path))
    .map(([path, value]) => ({
      key: path.join('.'),
      value: path.some(isSecretName) ? mask(value) : maskSecrets(value),
      origin: originOf(documents, path),
    }));
  const own = valueAt(merged, ['tasks', task.name]);
  const defaults = Object.entries(task.options as v.ObjectEntries) // AnyTask has no options type
    .filter(([name]) => !isObject(own) || own[name] === undefined || own[name] === null)
    .map(([name, schema]) => ({
      key: `tasks.${task.name}.${name}`,
      value: v.getDefault(schema),
      origin: 'default',
    }))
    .filter(({ key, value }) => value !== undefined && found.every((other) => other.key !== key));
  return [...found, ...defaults];
}

function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), tree);
}

/** A list is one value: lists replace each other whole. */
function leavesOf(value: unknown, path: Path): [Path, unknown][] {
  if (value === undefined) return [];
  if (!isObject(value) || Object.keys(value).length === 0) return [[path, value]];
  return Object.entries(value).flatMap(([name, item]) => leavesOf(item, [...path, name]));
}

function originOf(documents: readonly ConfigDocument[], path: Path): string {
  const places = documents.toReversed().map((document) => document.locate(path));
  return places.find((place) => place !== undefined) ?? 'merged';
}
