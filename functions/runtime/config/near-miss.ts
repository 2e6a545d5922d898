const MAX_EDITS = 2;

/**
 * The name that was probably meant: the same but for case, dashes and underscores, or but for two letters
 * that are wrong, missing, too many or swapped. Undefined when none is near. A number at the end is no mistake.
 */
export function findMeant(written: string, names: readonly string[]): string | undefined {
  if (names.includes(written)) return undefined;
  const same = names.find((name) => fold(name) === fold(written));
  if (same !== undefined) return same;
  return names.find((name) => {
    const limit = Math.min(MAX_EDITS, Math.floor(name.length / 4));
    return written.replace(/[-_.]?v?\d+$/, '') !== name && countEdits(fold(written), fold(name), limit) <= limit;
  });
}

const fold = (name: string): string => name.toLowerCase().replace(/[-_. ]/g, '');

/** Levenshtein's distance with swaps of neighbours; more than the limit when it is more. */
function countEdits(one: string, other: string, limit: number): number {
  if (Math.abs(one.length - other.length) > limit) return limit + 1;
  let [before, row]: [number[], number[]] = [[], Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const [left = 0, above = 0, across = 0] = [next[j - 1], row[j], row[j - 1]];
      next.push(
        Math.min(left + 1, above + 1, across + (isSame ? 0 : 1), isSwapped ? (before[j - 2] ?? 0) + 1 : Infinity),
      );
    }
    [before, row] = [row, next];
  }
  return row.at(-1) ?? 0;
}
