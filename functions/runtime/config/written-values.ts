import { isObject } from '../object.ts';
import { Description } from '../run-error.ts';
import { WrittenNumber } from './parse.ts';
import { findPlaceholder } from './placeholders.ts';
import type { ConfigProblem, Path } from './problems.ts';

const MAX_ITEMS = 10_000;

/**
 * The values of a section as its schema reads them, and the problems that a schema cannot see: placeholders left
 * unresolved, numbers written in another way where an identifier is meant, and lists that are too long.
 */
export function readWritten(
  value: unknown,
  path: Path,
  isIdentifier: (path: Path) => boolean,
): { value: unknown; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const read = (written: unknown, at: Path): unknown => {
    if (written instanceof WrittenNumber) {
      if (!isIdentifier(at)) return written.valueOf();
      problems.push({ path: at, expected: 'a string in quotes', got: new Description(written.text) });
      return written.text;
    }
    if (typeof written === 'string') {
      const placeholder = findPlaceholder(written);
      if (placeholder !== undefined)
        problems.push({ path: at, expected: 'a value', got: new Description(`the placeholder ${placeholder}`) });
      return written;
    }
    if (Array.isArray(written)) {
      if (written.length <= MAX_ITEMS) return written.map((item, index) => read(item, [...at, index]));
      problems.push({ path: at, expected: `at most ${MAX_ITEMS} items`, got: new Description(`${written.length}`) });
      return [];
    }
    if (!isObject(written)) return written;
    const copy = Object.create(null) as Record<string, unknown>; // no prototype: `__proto__` is a key like any other
    for (const [key, item] of Object.entries(written)) copy[key] = read(item, [...at, key]);
    return copy;
  };
  return { value: read(value, path), problems };
}
