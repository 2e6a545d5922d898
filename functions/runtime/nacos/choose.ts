import { isIPv6 } from 'node:net';
import type { Instance } from './api.ts';

/**
 * The usable instances (healthy, enabled, of positive weight) in an order drawn by weight: an instance of weight 2 comes
 * first twice as often as one of weight 1. At most `limit` of them.
 */
export function chooseInstances(instances: readonly Instance[], random: () => number, limit: number): Instance[] {
  return instances
    .filter(isUsable)
    .map((instance) => ({ instance, key: -Math.log(1 - random()) / instance.weight })) // exponential clocks: the smallest is drawn by weight
    .sort((a, b) => a.key - b.key)
    .slice(0, limit)
    .map(({ instance }) => instance);
}

/** May a call go to this instance? */
export function isUsable(instance: Instance): boolean {
  const { ip, healthy, enabled, weight } = instance;
  return healthy && enabled && weight > 0 && Number.isFinite(weight) && isHost(ip) && isPort(portOf(instance));
}

const HOST_NAME = /^(?!(?:dns|unix|ipv4|ipv6|ip)$)[\w.-]+$/i; // grpc-js takes `dns:50051` for a URI
const isHost = (ip: string): boolean => HOST_NAME.test(ip) || isIPv6(ip.replace(/^\[(.*)\]$/, '$1'));
const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;

/** `host:port` of an instance's gRPC port. */
export function addressOf(instance: Instance): string {
  const { ip } = instance;
  const host = ip.includes(':') && !ip.startsWith('[') ? `[${ip}]` : ip;
  return `${host}:${portOf(instance)}`;
}

/** Spring's `gRPC_port` first, then what others write. */
const GRPC_PORT_KEYS = ['gRPC_port', 'gRPC.port', 'grpc.port', 'grpcPort', 'grpc_port', 'GRPC_PORT'];

/** The one in its metadata when a framework registered its HTTP port. */
function portOf({ port, metadata }: Instance): number {
  const own = GRPC_PORT_KEYS.map((key) => Number(metadata[key])).find(isPort);
  return own ?? port;
}
