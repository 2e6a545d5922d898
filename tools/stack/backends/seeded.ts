/** Numbers in [0, 1), the same sequence for the same parts: the only source of chance in the simulated data. */
export function seeded(...parts: readonly (number | string)[]): () => number {
  let state = 0x811c9dc5;
  for (const character of parts.join('/')) {
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  // mulberry32: one 32-bit word of state, enough for data that only has to look unsorted
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

const HOUR_MS = 3_600_000;
const SHORTEST_PERIOD_MS = 6 * HOUR_MS;
const LONGEST_PERIOD_MS = 180 * 24 * HOUR_MS;

/**
 * When a row that is edited again and again was last edited, seen at `nowMs`.
 * Every row has its own rhythm between 6 hours and 180 days, spread logarithmically: most of the rows of a window of
 * today are busy ones, and a window of months ago still selects those that nobody touched since.
 */
export function lastChange(random: () => number, nowMs: number): number {
  const periodMs = Math.round(SHORTEST_PERIOD_MS * (LONGEST_PERIOD_MS / SHORTEST_PERIOD_MS) ** random());
  const phaseMs = Math.floor(random() * periodMs);
  return Math.floor((nowMs - phaseMs) / periodMs) * periodMs + phaseMs;
}
