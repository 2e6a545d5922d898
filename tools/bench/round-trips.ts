import type { Exchange } from './bench-env.ts';

/**
 * How many requests had to wait for the answer of another: the longest chain of exchanges of which each began when the
 * one before was over. HTTP/2's own handshake is none. Independent requests that happen to follow one another count too,
 * so the smallest count of several starts is the true one.
 */
export function countRoundTrips(exchanges: readonly Exchange[]): number {
  let count = 0;
  let freeAt = -Infinity;
  const requests = exchanges.filter(({ what }) => what !== 'connection');
  for (const { startedAt, endedAt } of requests.toSorted((a, b) => a.endedAt - b.endedAt)) {
    if (startedAt < freeAt) continue;
    count += 1;
    freeAt = endedAt;
  }
  return count;
}
