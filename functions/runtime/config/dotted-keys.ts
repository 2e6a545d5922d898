import { isObject } from '../object.ts';

type Tree = Record<string, unknown>;

/** The sections that a run reads; sections of other programs are left unchanged. */
const OWN_SECTIONS: ReadonlySet<string> = new Set(['env', 'grpc', 'tasks']);

/** The keys that a key of a document stands for, as Spring reads it: `tasks.full-order.paused`, `shopIds[0]`. */
export function splitKey(key: string, above: readonly string[]): string[] {
  if (!/[.[]/.test(key)) return [key];
  const parts = key.replace(/\[(\d+)\]/g, '.$1').split('.');
  const isOwn = OWN_SECTIONS.has(above[0] ?? parts[0] ?? '');
  return isOwn && parts.every((part) => part !== '') ? parts : [key];
}

/** The same tree with a map for each dot in the keys of our sections; a key that stands twice counts where it stands last. */
export function expandDottedKeys(tree: Tree): Tree {
  return expandBelow(tree, []);
}

function expandBelow(tree: Tree, above: readonly string[]): Tree {
  const isRoot = above.length === 0;
  const expanded = newTree();
  for (const [key, value] of Object.entries(tree)) {
    const path = splitKey(key, above);
    const isOwn = !isRoot || OWN_SECTIONS.has(path[0] ?? '');
    setValue(expanded, path, isOwn && isObject(value) ? expandBelow(value, [...above, ...path]) : value);
  }
  return expanded;
}

function setValue(tree: Tree, [key = '', ...below]: readonly string[], value: unknown): void {
  const before = tree[key];
  if (below.length > 0) {
    const child = Array.isArray(before) ? toTree(before) : isObject(before) ? before : newTree();
    setValue(child, below, value);
    tree[key] = isListOf(child) ? Object.values(child) : child;
  } else if (isObject(before) && isObject(value)) {
    for (const [name, item] of Object.entries(value)) setValue(before, [name], item);
  } else {
    tree[key] = value;
  }
}

/** Keys 0, 1, 2, … are a list's. */
const isListOf = (tree: Tree): boolean => Object.keys(tree).every((key, index) => key === String(index));
const toTree = (list: readonly unknown[]): Tree => Object.assign(newTree(), list);
const newTree = (): Tree => Object.create(null) as Tree; // no prototype: `__proto__` is a key like any other
