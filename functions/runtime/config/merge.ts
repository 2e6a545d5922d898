import { isObject } from '../object.ts';

type Tree = Record<string, unknown>;

/**
 * Merges configuration trees as Spring Cloud Alibaba users know it: in order, last wins; maps merge deep, lists replace. A
 * null removes a scalar; over a map or a list it changes nothing, since it is nearly always a section whose lines were
 * commented out. Neither argument is changed; no key can reach a prototype.
 */
export function mergeTrees(trees: readonly Tree[]): Tree {
  return trees.reduce(mergeTwo, newTree());
}

function mergeTwo(base: Tree, over: Tree): Tree {
  const merged = copyTree(base);
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    if (isIgnoredNull(value, before)) continue;
    merged[key] = isObject(value) ? mergeTwo(isObject(before) ? before : newTree(), value) : value;
  }
  return merged;
}

/** Is it a map or a list, which a null does not remove? */
export const isSection = (value: unknown): boolean => isObject(value) || Array.isArray(value);

/** Does the value change nothing of what stood there before? */
const isIgnoredNull = (value: unknown, before: unknown): boolean => value === null && isSection(before);

type Path = readonly (string | number)[];

/** Which of the trees decides what stands at a path once they are merged; -1 when none has it. */
export function findDecider(trees: readonly Tree[], path: Path): number {
  let decider = -1;
  let before: unknown;
  for (const [index, tree] of trees.entries()) {
    const value = valueAt(tree, path);
    if (value === undefined || isIgnoredNull(value, before)) continue;
    decider = index;
    before = value;
  }
  return decider;
}

function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)];
    return isObject(value) ? value[key] : undefined;
  }, tree);
}

const newTree = (): Tree => Object.create(null) as Tree; // no prototype: `__proto__` is a key like any other

const copyTree = (tree: Tree): Tree => Object.assign(newTree(), tree);
