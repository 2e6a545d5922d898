import type * as v from 'valibot';
import { Description, invalidConfig, quoteValue, type RunError } from '../run-error.ts';
import { findDecider } from './merge.ts';
import { findMeant } from './near-miss.ts';
import type { ConfigDocument } from './parse.ts';

export type Path = readonly (string | number)[];

/** A problem of the configuration. */
export interface ConfigProblem {
  readonly path: Path;
  readonly expected: string;
  readonly got: unknown;
}

/**
 * Where a key path was decided, as `data ID:line`: in the document whose value counts, by the nearest key above where an
 * alias hides it; the data IDs when no document has it.
 */
export function locateIn(documents: readonly ConfigDocument[], path: Path): string {
  const trees = documents.map(({ value }) => value);
  const decider = documents[findDecider(trees, path)];
  const paths = path.map((_, at) => path.slice(0, path.length - at));
  const place = paths.map((above) => decider?.locate(above)).find((found) => found !== undefined);
  if (place !== undefined) return place;
  return documents.map(({ dataId }) => dataId).join(', ') || 'no document';
}

const MAX_SHOWN = 20;
const MAX_KEY = 120;

/** The `rejected: config` of all problems: place, key, expectation and value of the first 20, and how many more there are. */
export function toConfigError(problems: readonly ConfigProblem[], locate: (path: Path) => string): RunError {
  const messages = problems.slice(0, MAX_SHOWN).map(({ path, expected, got }) => {
    const shown = got === null ? 'null' : quoteValue(got);
    return `${locate(path)} ${keyOf(path)}: expected ${expected}, got ${shown}`;
  });
  if (problems.length > MAX_SHOWN) messages.push(`and ${problems.length - MAX_SHOWN} more`);
  return invalidConfig(keyOf(problems[0]?.path ?? []), messages.join('; '));
}

function keyOf(path: Path): string {
  const key = path.join('.');
  return key.length > MAX_KEY ? `${key.slice(0, MAX_KEY)}…` : key;
}

type Issue = v.BaseIssue<unknown>;

const UNKNOWN = new Description('an unknown one');

/** Valibot's own terms for these are notation, such as `!0`. */
const EXPECTED: Record<string, string> = {
  string: 'a string',
  non_empty: 'a string that is not empty',
  integer: 'a whole number',
  safe_integer: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'a map of keys',
  strict_object: 'a map of keys',
};

/** An issue of a schema as a problem. `knownKeys` are those that may stand where an unknown one does. */
export function toProblem(issue: Issue, knownKeys: (path: Path) => readonly string[]): ConfigProblem {
  const path = (issue.path ?? []).map(({ key }) => key as string | number); // our schemas hold objects and arrays only
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const meant = findMeant(String(path.at(-1)), knownKeys(path.slice(0, -1)));
    const expected = meant === undefined ? 'a known key' : `a known key such as ${meant}`;
    return { path, expected, got: UNKNOWN };
  }
  const isOwnText = issue.type === 'check' || issue.type === 'custom' || issue.type === 'union';
  const words = issue.input === undefined ? 'a value' : EXPECTED[issue.type];
  return { path, expected: isOwnText ? issue.message : (words ?? issue.expected ?? issue.message), got: issue.input };
}
