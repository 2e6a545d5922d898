import { expect, it } from 'vitest';
import { countRoundTrips } from './watch-exchanges.ts';

const exchange = (startedAt: number, endedAt: number, what = '/nacos') =>
  ({ peer: 'nacos', what, startedAt, endedAt }) as const;

it.each([
  { name: 'nothing', exchanges: [], count: 0 },
  { name: 'two at once', exchanges: [exchange(0, 10), exchange(1, 12)], count: 1 },
  { name: 'one after two at once', exchanges: [exchange(0, 10), exchange(1, 12), exchange(13, 20)], count: 2 },
  {
    name: 'a long one beside two short ones',
    exchanges: [exchange(0, 30), exchange(1, 10), exchange(11, 20)],
    count: 2,
  },
  { name: 'a handshake of HTTP/2', exchanges: [exchange(0, 10), exchange(11, 20, 'connection')], count: 1 },
])('counts $count round trips in $name', ({ exchanges, count }) => {
  expect(countRoundTrips(exchanges)).toBe(count);
});
