import { isIPv6 } from 'node:net';
import { isObject } from '../../functions/runtime/object.ts';
import type { LocalCluster } from '../dev/local-cluster.ts';
import { readServiceName, type Instance, type Registrar, type ServiceName } from '../stack/nacos/instances.ts';
import type { InstanceView, ServiceView } from './state.ts';

const PROTOCOLS = { v1: 'HTTP v1', v3: 'HTTP v3', grpc: 'gRPC', script: 'no protocol' } as const satisfies Record<
  Registrar,
  string
>;

/** By name; simulators that were taken out of the list are there too, without an instance of theirs. */
export function toServiceViews(cluster: LocalCluster): ServiceView[] {
  const { platform } = cluster;
  const { nacos, backends } = platform;
  const simulators = new Map(backends.map(({ name, address }) => [name, address]));
  const listed = nacos.services.services();
  const missing = backends.flatMap(({ name }) =>
    listed.some((service) => service.serviceName === name && isDefault(service))
      ? []
      : [readServiceName({ serviceName: name })],
  );
  const views = [...listed, ...missing].map((service): ServiceView => {
    const { serviceName: name } = service;
    const address = isDefault(service) ? simulators.get(name) : undefined;
    return {
      name,
      elsewhere: isDefault(service) ? undefined : `group ${service.groupName} of namespace ${service.namespaceId}`,
      simulator: address === undefined ? undefined : { isListed: platform.isListed(name) },
      instances: nacos.services.list(service).map((instance) => toInstanceView(instance, address)),
      lastRun: isDefault(service) ? findLastRun(cluster, name) : undefined,
    };
  });
  return views.toSorted((one, other) => one.name.localeCompare(other.name));
}

const isDefault = ({ groupName, namespaceId }: ServiceName): boolean =>
  groupName === 'DEFAULT_GROUP' && namespaceId === 'public';

function toInstanceView(instance: Instance, simulator: string | undefined): InstanceView {
  const { ip, port, client, registeredBy, registeredAt, weight, healthy, enabled } = instance;
  const address = `${isIPv6(ip) ? `[${ip}]` : ip}:${port}`;
  return {
    address,
    client,
    protocol: PROTOCOLS[registeredBy],
    isSimulator: address === simulator,
    sinceMs: registeredAt,
    weight: String(weight),
    isHealthy: healthy,
    isEnabled: enabled,
  };
}

/** The documents of this stack call a service by its backend's name. */
function findLastRun({ history, tasks }: LocalCluster, service: string): ServiceView['lastRun'] {
  for (const run of history.list().toReversed()) {
    const line = run.attempts.findLast((attempt) => attempt.line !== undefined)?.line;
    const ms = line?.['ms'];
    if (tasks.get(run.task)?.definition.backend !== service || !isObject(ms) || ms['resolve'] === undefined) continue;
    const address = line?.['target'];
    return { id: run.id, task: run.task, address: typeof address === 'string' ? address : undefined };
  }
  return undefined;
}
