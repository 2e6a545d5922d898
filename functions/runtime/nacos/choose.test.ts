import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf, chooseInstances, isUsable } from './choose.ts';
import type { Instance } from './api.ts';

const instanceOf = (more: Partial<Instance> = {}): Instance => ({
  ip: '10.0.0.1',
  port: 8080,
  weight: 1,
  healthy: true,
  enabled: true,
  metadata: {},
  ...more,
});

/** Mulberry32: the same numbers in [0, 1) for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const portsOf = (instances: readonly Instance[]): number[] => instances.map(({ port }) => port);

describe('the choice', () => {
  it.each([
    ['equal weights', [1, 1, 1]],
    ['whole weights', [1, 2, 7]],
    ['fractional weights', [0.1, 0.25, 0.65]],
    ['the weights of Nacos at their ends', [0.01, 10_000]],
    ['a weight of 0 among others', [0, 1, 3]],
  ])('comes first as often as its share of %s says', (_, weights) => {
    const draws = 20_000;
    const instances = weights.map((weight, index) => instanceOf({ weight, port: index + 1 }));
    const random = seeded(42);
    const firsts = weights.map(() => 0);
    for (let draw = 0; draw < draws; draw += 1) {
      const [first] = chooseInstances(instances, random, 1);
      const index = (first?.port ?? 0) - 1;
      firsts[index] = (firsts[index] ?? 0) + 1;
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const [index, weight] of weights.entries()) {
      const share = weight / total;
      const deviation = Math.sqrt(draws * share * (1 - share));
      expect(Math.abs((firsts[index] ?? 0) - draws * share)).toBeLessThanOrEqual(4 * deviation);
    }
  });

  it('puts the second place by weight, too: 1 of 1, 2, 7 is second after 7 as often as 1 in 3', () => {
    const instances = [1, 2, 7].map((weight) => instanceOf({ weight, port: weight }));
    const random = seeded(7);
    const orders = Array.from({ length: 20_000 }, () => portsOf(chooseInstances(instances, random, 3)));
    const afterSeven = orders.filter(([first]) => first === 7);
    const share = afterSeven.filter(([, second]) => second === 1).length / afterSeven.length;
    expect(Math.abs(share - 1 / 3)).toBeLessThan(4 * Math.sqrt((1 / 3) * (2 / 3) * (1 / afterSeven.length)));
  });

  it('is of usable instances, each once, as many as there are or as the limit allows', () => {
    const weight = fc.oneof(fc.double({ min: -1, max: 100 }), fc.constantFrom(0, 1, NaN, Infinity));
    const flags = { healthy: fc.boolean(), enabled: fc.boolean(), weight };
    const instances = fc
      .array(fc.record(flags), { maxLength: 20 })
      .map((list) => list.map((one, index) => instanceOf({ ...one, port: index + 1 })));
    fc.assert(
      fc.property(instances, fc.nat(8), fc.integer(), (all, limit, seed) => {
        const chosen = chooseInstances(all, seeded(seed), limit);
        const usable = all.filter((one) => one.healthy && one.enabled && one.weight > 0 && one.weight < Infinity);
        expect(chosen).toHaveLength(Math.min(limit, usable.length));
        expect(new Set(chosen).size).toBe(chosen.length);
        expect(usable).toEqual(expect.arrayContaining(chosen));
      }),
    );
  });

  it.each([0, 1 - 2 ** -53])('is an order for a random number of %d', (number) => {
    const instances = [1, 2, 3].map((port) => instanceOf({ port }));
    expect(new Set(portsOf(chooseInstances(instances, () => number, 5)))).toEqual(new Set([1, 2, 3]));
  });

  it('leaves the list as it was', () => {
    const instances = [1, 2, 3, 4, 5, 6].map((port) => instanceOf({ port }));
    chooseInstances(instances, seeded(1), 6);
    expect(portsOf(instances)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('of 10,000 instances gives 5', () => {
    const instances = Array.from({ length: 10_000 }, (_, index) =>
      instanceOf({ port: index + 1, weight: 0.5 + (index % 3) }),
    );
    expect(new Set(portsOf(chooseInstances(instances, seeded(3), 5))).size).toBe(5);
  });
});

it.each<readonly [Partial<Instance>, boolean]>([
  [{}, true],
  [{ weight: 0.01 }, true],
  [{ weight: 0 }, false],
  [{ weight: -1 }, false],
  [{ weight: NaN }, false],
  [{ weight: Infinity }, false],
  [{ healthy: false }, false],
  [{ enabled: false }, false],
  ...['bi-api', '::1', '[::1]'].map((ip) => [{ ip }, true] as const),
  ...['', 'dns', 'UNIX', 'a b', '10.0.0.1:99', '10.0.0.1/x', 'a@b', '10.0.0.1,10.0.0.2', 'unix:/x'].map(
    (ip) => [{ ip }, false] as const,
  ),
  ...[0, -1, 1.5, 65_536, NaN].map((port) => [{ port }, false] as const),
  [{ port: 0, metadata: { gRPC_port: '9090' } }, true],
])('an instance with %j is usable: %j', (more, usable) => {
  expect(isUsable(instanceOf(more))).toBe(usable);
});

it.each<readonly [Partial<Instance>, string]>([
  [{}, '10.0.0.1:8080'],
  [{ ip: 'bi-api.svc' }, 'bi-api.svc:8080'],
  [{ ip: '2001:db8::1' }, '[2001:db8::1]:8080'],
  [{ ip: '[::1]' }, '[::1]:8080'],
  [{ ip: '::1', metadata: { gRPC_port: '9090' } }, '[::1]:9090'],
  [{ metadata: { gRPC_port: '9090' } }, '10.0.0.1:9090'],
  [{ metadata: { gRPC_port: '65535' } }, '10.0.0.1:65535'],
  ...['gRPC.port', 'grpc.port', 'grpcPort', 'grpc_port', 'GRPC_PORT'].map(
    (key) => [{ metadata: { [key]: '9091' } }, '10.0.0.1:9091'] as const,
  ),
  [{ metadata: { grpc_port: '1', gRPC_port: '9090' } }, '10.0.0.1:9090'],
  [{ metadata: { gRPC_port: 'none', grpcPort: '9091' } }, '10.0.0.1:9091'],
  ...['', '0', '65536', '-1', '90.5', 'grpc'].map(
    (port) => [{ metadata: { gRPC_port: port } }, '10.0.0.1:8080'] as const,
  ),
])('the address of an instance with %j is %s', (more, address) => {
  expect(addressOf(instanceOf(more))).toBe(address);
});
