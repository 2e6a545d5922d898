import type * as v from 'valibot';
import { invalidConfig, quoteValue } from '../run-error.ts';
import type { ConfigDocument } from './parse.ts';

/** Where a key path stands, as `data ID:line`: in the last document that has it; the data IDs when none has. */
export function locateIn(documents: readonly ConfigDocument[], path: readonly (string | number)[]): string {
  const place = documents
    .toReversed()
    .map((document) => document.locate(path))
    .find((found) => found !== undefined);
  if (place !== undefined) return place;
  return documents.map(({ dataId }) => dataId).join(', ') || 'no document';
}

type Issue = v.BaseIssue<unknown>;

/** The `rejected: config` of what a schema refused: place, key, expectation and value of each issue. */
export function toConfigError(issues: readonly Issue[], locate: (path: readonly (string | number)[]) => string): Error {
  const messages = issues.map((issue) => {
    const path = (issue.path ?? []).map(({ key }) => key as string | number); // our schemas hold objects and arrays only
    const key = path.join('.');
    return { key, text: `${locate(path)} ${key}: ${describe(issue)}` };
  });
  return invalidConfig(messages[0]?.key ?? '', messages.map(({ text }) => text).join('; '));
}

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

function describe(issue: Issue): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') return 'expected a known key, got an unknown one';
  const isOwnText = issue.type === 'check' || issue.type === 'custom' || issue.type === 'union';
  const words = issue.input === undefined ? 'a value' : EXPECTED[issue.type];
  const expected = isOwnText ? issue.message : (words ?? issue.expected ?? issue.message);
  const got = issue.input === null ? 'null' : quoteValue(issue.input);
  return `expected ${expected}, got ${got}`;
}
