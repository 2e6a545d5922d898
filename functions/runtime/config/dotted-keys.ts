import { isObject } from '../object.ts';
import { isSection } from './merge.ts';
import { findMeant } from './near-miss.ts';

type Tree = Record<string, unknown>;

/** The sections that a run reads; sections of other programs are left unchanged. */
const OWN_SECTIONS: ReadonlySet<string> = new Set(['env', 'grpc', 'tasks']);

/** No key of ours lies deeper; a longer one is some program's own, and is not taken apart. */
const MAX_PARTS = 8;

/** Misspelt ones, too: what stands below is found to be misspelt, and not overlooked. */
const isOwnSection = (name: string): boolean =>
  OWN_SECTIONS.has(name) || findMeant(name, ['grpc', 'tasks']) !== undefined;

/** The keys that a key of a document stands for, as Spring reads it: `tasks.full-order.paused`, `tasks[full-order]`, `shopIds[0]`. */
export function splitKey(key: string, above: readonly string[]): string[] {
  if (!/[.[]/.test(key)) return [key];
  const parts = key.split(/[.[\]]/).map((part) => part.trim());
  const named = parts.filter((part) => part !== '');
  return named.length <= MAX_PARTS && isOwnSection(above[0] ?? named[0] ?? '') ? named : [key];
}

/** The same tree with a map for each dot in the keys of our sections; a key that stands twice counts where it stands last. */
export function expandDottedKeys(tree: Tree): Tree {
  const made = new Set<unknown>();
  const expanded = expandBelow(tree, [], made);
  if (made.size > 0) closeLists(expanded, made);
  return expanded;
}

function expandBelow(tree: Tree, above: readonly string[], made: Set<unknown>): Tree {
  const isRoot = above.length === 0;
  const expanded = newTree();
  for (const [key, value] of Object.entries(tree)) {
    const path = splitKey(key, above);
    const isOwn = !isRoot || isOwnSection(path[0] ?? '');
    setValue(expanded, path, isOwn && isObject(value) ? expandBelow(value, [...above, ...path], made) : value, made);
  }
  return expanded;
}

/** Notes the maps that it makes for the parts of a key: those of 0, 1, 2, … are lists in the end. */
function setValue(tree: Tree, [key = '', ...below]: readonly string[], value: unknown, made: Set<unknown>): void {
  const before = tree[key];
  if (below.length > 0) {
    const child = isObject(before) ? before : Object.assign(newTree(), Array.isArray(before) ? before : undefined);
    if (child !== before) made.add(child);
    tree[key] = child;
    setValue(child, below, value, made);
  } else if (isObject(before) && isObject(value)) {
    for (const [name, item] of Object.entries(value)) setValue(before, [name], item, made);
  } else if (value !== null || !isSection(before)) {
    tree[key] = value;
  }
}

/** Makes lists of the maps that were made for indices: once, when all are there. */
function closeLists(tree: Tree, made: ReadonlySet<unknown>): void {
  for (const [key, child] of Object.entries(tree)) {
    if (!isObject(child)) continue;
    closeLists(child, made);
    if (made.has(child) && isListOf(child)) tree[key] = Object.values(child);
  }
}

/** Keys 0, 1, 2, … are a list's. */
const isListOf = (tree: Tree): boolean => Object.keys(tree).every((key, index) => key === String(index));
const newTree = (): Tree => Object.create(null) as Tree; // no prototype: `__proto__` is a key like any other
