import { beatIntervalMs, timeoutsOf, type Instance } from './instance.ts';
import { readServiceName, type ServiceReference } from './service-name.ts';
import type { ServiceRegistry } from './service-registry.ts';

/** What a scripted fault makes of instance lists: no hosts at all, or every host unhealthy. */
export type ListFault = 'empty-list' | 'all-unhealthy' | undefined;

export interface ListingQuery extends ServiceReference {
  /** Cluster names with commas between; all clusters when missing. */
  readonly clusters?: string | undefined;
  readonly healthyOnly?: boolean | undefined;
  readonly listFault?: ListFault;
}

export interface Listing {
  readonly hosts: readonly object[];
  readonly reachProtectionThreshold: boolean;
}

/**
 * What a client sees of a service (nacos ServiceUtil.selectInstancesWithHealthyProtection): disabled instances never;
 * when the protection threshold is reached all the others, each as healthy, even where only healthy ones were asked for.
 */
export function listInstances(registry: ServiceRegistry, query: ListingQuery): Listing {
  if (query.listFault === 'empty-list') return { hosts: [], reachProtectionThreshold: false };
  const clusters = query.clusters?.split(',');
  const all = registry
    .list(query)
    .filter((instance) => instance.enabled && (clusters?.includes(instance.clusterName) ?? true));
  const show = (instances: readonly Instance[], healthy?: boolean): readonly object[] =>
    instances.map((instance) => toHost(registry, instance, healthy ?? instance.healthy));

  if (query.listFault === 'all-unhealthy') return { hosts: show(all, false), reachProtectionThreshold: false };
  const healthy = all.filter((instance) => instance.healthy);
  const threshold = registry.protectThreshold(query);
  if (threshold !== undefined && all.length > 0 && healthy.length / all.length <= threshold) {
    return { hosts: show(all, true), reachProtectionThreshold: true };
  }
  return { hosts: show(query.healthyOnly === true ? healthy : all), reachProtectionThreshold: false };
}

/** The body of `GET /v1/ns/instance/list`: `clusters` echoes the request. */
export function serviceInfo(registry: ServiceRegistry, query: ListingQuery, allIpsField: string): object {
  const { groupedName, groupName } = readServiceName(query);
  return {
    name: groupedName,
    groupName,
    clusters: query.clusters ?? '',
    cacheMillis: 10_000,
    ...listInstances(registry, query),
    lastRefTime: Date.now(),
    checksum: '',
    [allIpsField]: false,
    valid: true,
  };
}

function toHost(registry: ServiceRegistry, instance: Instance, healthy: boolean): object {
  const { ip, port, weight, enabled, ephemeral, clusterName, metadata, service } = instance;
  const times = timeoutsOf(instance, registry.timeouts);
  return {
    // What was registered over v3 has none, as on 3.0.3.
    ...(instance.registeredBy === 'v3' ? {} : { instanceId: `${ip}#${port}#${clusterName}#${service.groupedName}` }),
    ip,
    port,
    weight: Number.isNaN(weight) ? 'NaN' : weight,
    healthy,
    enabled,
    ephemeral,
    clusterName,
    serviceName: service.groupedName,
    metadata,
    instanceHeartBeatInterval: beatIntervalMs(times),
    instanceHeartBeatTimeOut: times.unhealthyMs,
    ipDeleteTimeout: times.removedMs,
    // Real servers say the default only where there is no metadata at all.
    ...(Object.keys(metadata).length === 0 ? { instanceIdGenerator: 'simple' } : {}),
  };
}
