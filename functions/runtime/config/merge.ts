import { isObject } from '../object.ts';

type Tree = Record<string, unknown>;

/**
 * Merges configuration trees as Spring Cloud Alibaba users know it: in order, last wins; maps merge deep, lists replace,
 * an explicit null overrides. Neither argument is changed; no key can reach a prototype.
 */
export function mergeTrees(trees: readonly Tree[]): Tree {
  return trees.reduce(mergeTwo, newTree());
}

function mergeTwo(base: Tree, over: Tree): Tree {
  const merged = copyTree(base);
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    merged[key] = isObject(value) ? mergeTwo(isObject(before) ? before : newTree(), value) : value;
  }
  return merged;
}

const newTree = (): Tree => Object.create(null) as Tree; // no prototype: `__proto__` is a key like any other

const copyTree = (tree: Tree): Tree => Object.assign(newTree(), tree);
