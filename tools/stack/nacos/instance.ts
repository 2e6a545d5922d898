import { readServiceName, type ServiceName, type ServiceReference } from './service-name.ts';

export interface InstanceReference extends ServiceReference {
  readonly ip: string;
  readonly port: number;
  /** `DEFAULT` when missing. */
  readonly clusterName?: string | undefined;
}

/** What may change while an instance is registered. */
export interface InstanceState {
  /** A real number, 1 when missing. */
  readonly weight?: number | undefined;
  /** True when missing. */
  readonly healthy?: boolean | undefined;
  /** True when missing; a disabled instance is never listed to clients. */
  readonly enabled?: boolean | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** How an instance came into the registry. */
export type Registrar = 'v1' | 'v3' | 'grpc' | 'script';

export interface NewInstance extends InstanceReference, InstanceState {
  /** `script`, a call in this process, when missing. */
  readonly registeredBy?: Registrar | undefined;
  /** An ephemeral instance lives by its heartbeats. False when missing, so that what a test registers stays; over HTTP the default is true, as in nacos. */
  readonly ephemeral?: boolean | undefined;
}

export interface Instance {
  readonly service: ServiceName;
  readonly ip: string;
  readonly port: number;
  readonly clusterName: string;
  readonly weight: number;
  readonly healthy: boolean;
  readonly enabled: boolean;
  readonly ephemeral: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  readonly registeredBy: Registrar;
  /** Milliseconds since the epoch. */
  readonly registeredAt: number;
  /** Milliseconds since the epoch. */
  readonly lastBeatAt: number;
}

export interface InstanceTimeouts {
  /** An ephemeral instance without a beat for longer than this is unhealthy... */
  readonly unhealthyMs: number;
  /** ...and for longer than this is gone. */
  readonly removedMs: number;
}

/** Fills in the defaults. */
export function toInstance(instance: NewInstance, now: number): Instance {
  return {
    service: readServiceName(instance),
    ip: instance.ip,
    port: instance.port,
    clusterName: instance.clusterName ?? 'DEFAULT',
    weight: instance.weight ?? 1,
    healthy: instance.healthy ?? true,
    enabled: instance.enabled ?? true,
    ephemeral: instance.ephemeral ?? false,
    metadata: instance.metadata ?? {},
    registeredBy: instance.registeredBy ?? 'script',
    registeredAt: now,
    lastBeatAt: now,
  };
}

/** One string per instance of a service, for use as a key. */
export function instanceKey({
  ip,
  port,
  clusterName = 'DEFAULT',
}: Pick<InstanceReference, 'ip' | 'port' | 'clusterName'>): string {
  return `${ip}#${port}#${clusterName}`;
}

/** The times of this instance: a service may set its own by metadata (nacos PreservedMetadataKeys). */
export function timeoutsOf(instance: Instance, defaults: InstanceTimeouts): InstanceTimeouts {
  const own = (key: string, defaultMs: number): number => {
    const ms = Number(instance.metadata[key]);
    return ms > 0 ? ms : defaultMs;
  };
  return {
    unhealthyMs: own('preserved.heart.beat.timeout', defaults.unhealthyMs),
    removedMs: own('preserved.ip.delete.timeout', defaults.removedMs),
  };
}

/** The milliseconds between two heartbeats that a server asks for: a third of the patience, which is 5 s with the defaults of nacos. */
export function beatIntervalMs({ unhealthyMs }: InstanceTimeouts): number {
  return Math.max(1, Math.round(unhealthyMs / 3));
}
