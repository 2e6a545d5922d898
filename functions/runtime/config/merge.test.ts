import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeTrees } from './merge.ts';

type Tree = Record<string, unknown>;

const key = fc.constantFrom('a', 'b', 'c', 'd', '__proto__', 'constructor', 'toString');
const scalar = fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string());
const { tree } = fc.letrec<{ tree: Tree; value: unknown }>((tie) => ({
  tree: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  value: fc.oneof({ maxDepth: 4 }, scalar, fc.array(scalar, { maxLength: 3 }), tie('tree')),
}));

/** The value without its prototypes, for comparison. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const isMap = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every value that is no map, by its path; an empty map counts as a value. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (!isMap(value) || Object.keys(value).length === 0) return [[path, value]];
  return Object.entries(value).flatMap(([name, below]) => leaves(below, `${path}/${name}`));
}

/** The leaves that are values and meet the condition; the others do not count. */
const leavesWhere = (tree: Tree, isMeant: (path: string) => boolean): Map<string, unknown> =>
  new Map(leaves(plain(tree)).filter(([path, value]) => !isMap(value) && isMeant(path)));

describe('a merge', () => {
  it('of nothing is empty, and of one tree is that tree', () => {
    expect(plain(mergeTrees([]))).toEqual({});
    fc.assert(
      fc.property(tree, (one) => {
        expect(plain(mergeTrees([one]))).toEqual(plain(one));
      }),
    );
  });

  it('keeps every leaf of the last tree', () => {
    fc.assert(
      fc.property(tree, tree, (base, over) => {
        const later = new Map([...leavesWhere(over, () => true)].filter(([, value]) => value !== null)); // a null may change nothing
        expect(leavesWhere(mergeTrees([base, over]), (path) => later.has(path))).toEqual(later);
      }),
    );
    expect.hasAssertions();
  });

  it('keeps the leaves of an earlier tree that the later one does not touch', () => {
    fc.assert(
      fc.property(tree, tree, (base, over) => {
        const later = leaves(plain(over)).map(([path]) => `${path}/`);
        const kept = leavesWhere(
          base,
          (path) => !later.some((other) => other.startsWith(`${path}/`) || `${path}/`.startsWith(other)),
        );
        expect(leavesWhere(mergeTrees([base, over]), (path) => kept.has(path))).toEqual(kept);
      }),
    );
    expect.hasAssertions();
  });

  it('invents no key', () => {
    fc.assert(
      fc.property(tree, tree, (base, over) => {
        const known = new Set([base, over].flatMap((one) => leaves(plain(one)).map(([path]) => path)));
        const merged = leaves(plain(mergeTrees([base, over]))).map(([path]) => path);
        expect(merged.filter((path) => !known.has(path))).toEqual([]);
      }),
    );
    expect.hasAssertions();
  });

  it('is the same in one go and step by step', () => {
    fc.assert(
      fc.property(tree, tree, tree, (a, b, c) => {
        const whole = plain(mergeTrees([a, b, c]));
        expect(plain(mergeTrees([mergeTrees([a, b]), c]))).toEqual(whole);
      }),
    );
  });

  it('with itself changes nothing', () => {
    fc.assert(
      fc.property(tree, (one) => {
        expect(plain(mergeTrees([one, one]))).toEqual(plain(one));
      }),
    );
  });

  it('leaves its inputs as they were, also when the result is changed', () => {
    fc.assert(
      fc.property(tree, tree, (base, over) => {
        const before = JSON.stringify([base, over]);
        const merged = mergeTrees([base, over]);
        for (const value of Object.values(merged)) if (isMap(value)) value['added'] = 1;
        expect(JSON.stringify([base, over])).toBe(before);
      }),
    );
  });

  it('reaches no prototype', () => {
    fc.assert(fc.property(tree, tree, (base, over) => void mergeTrees([base, over])));
    const evil = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as Tree;
    const merged = mergeTrees([evil, evil]);
    expect(({} as Tree)['polluted']).toBeUndefined();
    expect(merged['polluted']).toBeUndefined();
    expect(Object.keys(merged)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(merged)).toBeNull();
  });
});

describe('where two trees meet', () => {
  it.each<[string, Tree, Tree, Tree]>([
    ['maps merge deep', { a: { x: 1, y: 1 } }, { a: { y: 2 } }, { a: { x: 1, y: 2 } }],
    ['lists replace', { a: [1, 2, 3] }, { a: [4] }, { a: [4] }],
    ['an empty list replaces', { a: [1] }, { a: [] }, { a: [] }],
    ['null over a map changes nothing', { a: { x: 1 } }, { a: null }, { a: { x: 1 } }],
    ['null over a list changes nothing', { a: [1] }, { a: null }, { a: [1] }],
    ['null over a scalar removes it', { a: 1 }, { a: null }, { a: null }],
    ['a map replaces null', { a: null }, { a: { x: 1 } }, { a: { x: 1 } }],
    ['an empty map overrides nothing', { a: { x: 1 } }, { a: {} }, { a: { x: 1 } }],
    ['a map replaces a scalar', { a: 1 }, { a: { x: 1 } }, { a: { x: 1 } }],
    ['a scalar replaces a map', { a: { x: 1 } }, { a: 1 }, { a: 1 }],
    ['maps in lists do not merge', { a: [{ x: 1 }] }, { a: [{ y: 1 }] }, { a: [{ y: 1 }] }],
    ['false, 0 and "" override', { a: 1, b: 1, c: 1 }, { a: false, b: 0, c: '' }, { a: false, b: 0, c: '' }],
  ])('%s', (_, base, over, merged) => {
    expect(plain(mergeTrees([base, over]))).toEqual(merged);
  });
});
