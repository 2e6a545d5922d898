import { parseJsonObject, Refusal, type RequestParameters } from './http.ts';

export interface ServiceReference {
  /** `bi-api-leke`, or with its group as the SDKs send it: `DEFAULT_GROUP@@bi-api-leke`. */
  readonly serviceName: string;
  /** `DEFAULT_GROUP` when missing; a group inside the name wins. */
  readonly groupName?: string | undefined;
  /** The ID of the namespace, `public` when missing or blank. */
  readonly namespaceId?: string | undefined;
}

export interface ServiceName {
  readonly serviceName: string;
  readonly groupName: string;
  readonly namespaceId: string;
  /** `GROUP@@service`, which is what nacos calls the service in its answers. */
  readonly groupedName: string;
}

/** Fills in what is missing and splits a grouped name. */
export function readServiceName(reference: ServiceReference): ServiceName {
  const at = reference.serviceName.indexOf('@@');
  const serviceName = at < 0 ? reference.serviceName : reference.serviceName.slice(at + 2);
  const groupName = at < 0 ? (reference.groupName ?? 'DEFAULT_GROUP') : reference.serviceName.slice(0, at);
  const namespaceId = (reference.namespaceId ?? '').trim() || 'public';
  return { serviceName, groupName, namespaceId, groupedName: `${groupName}@@${serviceName}` };
}

/** One string per service of a server, for use as a key. */
export function serviceKey(reference: ServiceReference): string {
  const { namespaceId, groupedName } = readServiceName(reference);
  return JSON.stringify([namespaceId, groupedName]);
}

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
  /** What the client that registered it calls itself. */
  readonly client?: string | undefined;
  /** The gRPC connection with which an ephemeral instance ends; it needs no heartbeats then. */
  readonly connectionId?: string | undefined;
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
  readonly client: string | undefined;
  readonly connectionId: string | undefined;
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
    client: instance.client,
    connectionId: instance.connectionId,
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

/** The milliseconds between two heartbeats that a server asks for: a third of the timeoutSignal, which is 5 s with the defaults of nacos. */
export function beatIntervalMs({ unhealthyMs }: InstanceTimeouts): number {
  return Math.max(1, Math.round(unhealthyMs / 3));
}

/** The service that a request names. */
export function readServiceReference(parameters: RequestParameters): ServiceReference {
  return {
    serviceName: parameters.required('serviceName'),
    groupName: parameters.optional('groupName'),
    namespaceId: parameters.optional('namespaceId'),
  };
}

/** The instance that a request names; v1 clients say `cluster` or `clusterName`. */
export function readInstanceReference(parameters: RequestParameters): InstanceReference {
  return {
    ...readServiceReference(parameters),
    ip: parameters.required('ip'),
    port: parameters.requiredInteger('port'),
    clusterName: parameters.optional('clusterName') ?? parameters.optional('cluster'),
  };
}

/** What a request says of an instance; what it does not say is undefined. v1 clients say `enable` or `enabled`. */
export function readInstance(parameters: RequestParameters): NewInstance {
  return {
    ...readInstanceReference(parameters),
    weight: readWeight(parameters.optional('weight')),
    healthy: parameters.optionalBoolean('healthy'),
    enabled: parameters.optionalBoolean('enabled') ?? parameters.optionalBoolean('enable'),
    ephemeral: parameters.optionalBoolean('ephemeral'),
    metadata: readMetadata(parameters.optional('metadata')),
  };
}

/** `NaN` passes the range check of real servers, and stays. */
function readWeight(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const weight = Number(value);
  if ((weight >= 0 && weight <= 10_000) || value === 'NaN') return weight;
  const message = 'instance format invalid: The weights range from 0.0 to 10000.0';
  throw new Refusal({ kind: 'invalid', code: 21001, message });
}

/** JSON, or `key=value,key=value` (nacos UtilsAndCommons.parseMetadata). */
function readMetadata(value: string | undefined): Record<string, string> | undefined {
  if (value === undefined) return undefined;
  const pairs = value.trim().startsWith('{') ? parseJsonObject(value) : value.split(',').map((pair) => pair.split('='));
  if (pairs === undefined || pairs.some((pair) => pair.length !== 2)) {
    const cause = `metadata format incorrect:${value}`;
    throw new Refusal({
      kind: 'failed',
      message: `Server failed, caused: ErrCode:400, ErrMsg:${cause};caused: ${cause};`,
    });
  }
  return Object.fromEntries(pairs.map(([key, item]) => [key, String(item)]));
}
