import type { Instance } from './dialects.ts';

/**
 * The usable instances (healthy, enabled, of positive weight) in an order drawn by weight: an instance of weight 2 comes
 * first twice as often as one of weight 1. At most `limit` of them.
 */
export function chooseInstances(instances: readonly Instance[], random: () => number, limit: number): Instance[] {
  return instances
    .filter(isUsable)
    .map((instance) => ({ instance, key: -Math.log(1 - random()) / instance.weight })) // exponential clocks: the first to ring is drawn by weight
    .sort((a, b) => a.key - b.key)
    .slice(0, limit)
    .map(({ instance }) => instance);
}

/** May a call go to this instance? */
export function isUsable({ healthy, enabled, weight }: Instance): boolean {
  return healthy && enabled && weight > 0 && Number.isFinite(weight);
}

/** `host:port` of an instance's gRPC port: its metadata `gRPC_port` when a framework registered its HTTP port. */
export function addressOf({ ip, port, metadata }: Instance): string {
  const host = ip.includes(':') && !ip.startsWith('[') ? `[${ip}]` : ip;
  const own = Number(metadata['gRPC_port']);
  return `${host}:${Number.isInteger(own) && own > 0 && own < 65_536 ? own : port}`;
}
