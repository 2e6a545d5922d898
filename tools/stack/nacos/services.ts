import { Refusal, type ListFault } from './http.ts';
import {
  beatIntervalMs,
  instanceKey,
  readServiceName,
  serviceKey,
  timeoutsOf,
  toInstance,
  type Instance,
  type InstanceReference,
  type InstanceState,
  type InstanceTimeouts,
  type NewInstance,
  type ServiceName,
  type ServiceReference,
} from './instances.ts';

/** The services of one server, in memory. Health and expiry are worked out when asked, so there is no timer to stop. */
export class ServiceRegistry {
  readonly timeouts: InstanceTimeouts;
  readonly #now: () => number;
  readonly #services = new Map<string, Map<string, Instance>>();
  readonly #thresholds = new Map<string, number>();
  readonly #listeners = new Set<() => void>();

  constructor(timeouts: InstanceTimeouts, now: () => number = Date.now) {
    this.timeouts = timeouts;
    this.#now = now;
  }

  /** Adds or replaces. */
  register(instance: NewInstance): Instance {
    const key = serviceKey(instance);
    const instances = this.#services.get(key) ?? new Map<string, Instance>();
    const registered = toInstance(instance, this.#now());
    instances.set(instanceKey(instance), registered);
    this.#services.set(key, instances);
    this.#notify();
    return registered;
  }

  /** False when there was nothing to remove. */
  deregister(instance: InstanceReference): boolean {
    const key = serviceKey(instance);
    const instances = this.#services.get(key);
    const removed = instances?.delete(instanceKey(instance)) ?? false;
    if (instances?.size === 0) this.#services.delete(key);
    if (removed) this.#notify();
    return removed;
  }

  /** Removes what was registered over this connection, of one service or of all. */
  deregisterClient(connectionId: string, service?: ServiceReference): void {
    const key = service && serviceKey(service);
    const found: Instance[] = [];
    for (const [at, instances] of this.#services) {
      if (key === undefined || key === at) found.push(...instances.values());
    }
    for (const instance of found) {
      if (instance.connectionId === connectionId) this.deregister({ ...instance.service, ...instance });
    }
  }

  /** Called after every change by a client; returns the function that ends the subscription. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Every live instance in the order of registration, disabled and unhealthy ones too. */
  list(service: ServiceReference): readonly Instance[] {
    const instances = [...(this.#services.get(serviceKey(service))?.values() ?? [])];
    return instances.map((instance) => this.#observe(instance)).filter((instance) => instance !== undefined);
  }

  find(instance: InstanceReference): Instance | undefined {
    const found = this.#services.get(serviceKey(instance))?.get(instanceKey(instance));
    return found && this.#observe(found);
  }

  /** Changes what is given and leaves the rest, metadata key by key; false when there is no such instance. */
  update(instance: InstanceReference, state: InstanceState): boolean {
    const metadata = state.metadata && { ...this.find(instance)?.metadata, ...state.metadata };
    const given = Object.entries({ ...state, metadata }).filter(([, value]) => value !== undefined);
    return this.#change(instance, Object.fromEntries(given));
  }

  /** A heartbeat makes an instance healthy; false when there is no such instance. */
  beat(instance: InstanceReference): boolean {
    return this.#change(instance, { healthy: true, lastBeatAt: this.#now() });
  }

  /** An ephemeral instance that is set unhealthy stays so until its next heartbeat. */
  setHealthy(instance: InstanceReference, healthy: boolean): boolean {
    return healthy ? this.beat(instance) : this.#change(instance, { healthy });
  }

  setEnabled(instance: InstanceReference, enabled: boolean): boolean {
    return this.#change(instance, { enabled });
  }

  /**
   * From 0 to 1: when the healthy share falls to it, every instance is listed as healthy.
   * Undefined, the default: never, as nacos 2.x treats a service without settings of its own.
   */
  setProtectThreshold(service: ServiceReference, threshold: number | undefined): void {
    if (threshold === undefined) this.#thresholds.delete(serviceKey(service));
    else this.#thresholds.set(serviceKey(service), threshold);
  }

  protectThreshold(service: ServiceReference): number | undefined {
    return this.#thresholds.get(serviceKey(service));
  }

  /** The services that have an instance, in the order of first registration. */
  services(): readonly ServiceName[] {
    return [...this.#services.values()].flatMap((instances) => {
      const first = [...instances.values()].find((instance) => this.#observe(instance) !== undefined);
      return first === undefined ? [] : [first.service];
    });
  }

  /** The names of the services of a namespace and a group that have an instance. */
  names(namespaceId?: string, groupName?: string): readonly string[] {
    const asked = readServiceName({ serviceName: '', namespaceId, groupName });
    return this.services()
      .filter((name) => name.namespaceId === asked.namespaceId && name.groupName === asked.groupName)
      .map(({ serviceName }) => serviceName);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  #change(reference: InstanceReference, state: Partial<Instance>): boolean {
    const found = this.find(reference);
    if (found === undefined) return false;
    this.#services.get(serviceKey(reference))?.set(instanceKey(found), { ...found, ...state });
    this.#notify();
    return true;
  }

  /** The current instance; undefined, and removed, when its heartbeats stopped too long ago. */
  #observe(instance: Instance): Instance | undefined {
    if (!instance.ephemeral || instance.connectionId !== undefined) return instance;
    const silentMs = this.#now() - instance.lastBeatAt;
    const { unhealthyMs, removedMs } = timeoutsOf(instance, this.timeouts);
    if (silentMs > removedMs) {
      this.deregister({ ...instance.service, ...instance });
      return undefined;
    }
    return silentMs > unhealthyMs ? { ...instance, healthy: false } : instance;
  }
}

/**
 * Registers what came from outside, ephemeral unless it says otherwise. A service has ephemeral instances or persistent
 * ones, never both: the first from outside decides, the others are refused. `apply` makes the change.
 */
export function registerChecked(
  services: ServiceRegistry,
  instance: NewInstance,
  apply: (change: () => void) => void = (change) => change(),
): void {
  const ephemeral = instance.ephemeral ?? true;
  const other = services
    .list(instance)
    .find((present) => present.registeredBy !== 'script' && present.ephemeral !== ephemeral);
  if (other !== undefined) {
    const [is, asked] = other.ephemeral ? ['ephemeral', 'persistent'] : ['persistent', 'ephemeral'];
    const message = `errCode: 400, errMsg: Current service ${other.service.groupedName} is ${is} service, can't register ${asked} instance. `;
    throw new Refusal({ kind: 'invalid', code: 20002, message });
  }
  apply(() => services.register({ ...instance, ephemeral }));
}

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
  const toHosts = (instances: readonly Instance[], healthy?: boolean): readonly object[] =>
    instances.map((instance) => toHost(registry, instance, healthy ?? instance.healthy));

  if (query.listFault === 'all-unhealthy') return { hosts: toHosts(all, false), reachProtectionThreshold: false };
  const healthy = all.filter((instance) => instance.healthy);
  const threshold = registry.protectThreshold(query);
  if (threshold !== undefined && all.length > 0 && healthy.length / all.length <= threshold) {
    return { hosts: toHosts(all, true), reachProtectionThreshold: true };
  }
  return { hosts: toHosts(query.healthyOnly === true ? healthy : all), reachProtectionThreshold: false };
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
