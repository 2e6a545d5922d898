import type { InstanceReference, NewInstance } from './instance.ts';
import { parseJsonObject } from './json-object.ts';
import type { RequestParameters } from './parameters.ts';
import { Refusal } from './refusal.ts';
import type { ServiceReference } from './service-name.ts';

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
