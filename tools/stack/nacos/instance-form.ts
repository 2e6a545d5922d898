import { Refusal } from './answer.ts';
import type { InstanceReference, NewInstance } from './instance.ts';
import { parseJsonObject } from './json-object.ts';
import type { RequestParameters } from './parameters.ts';
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
    port: readPort(parameters),
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

function readPort(parameters: RequestParameters): number {
  const port = parameters.requiredInteger('port');
  if (port > 65_535) throw new Refusal(400, 20002, `port: expected at most 65535, got ${port}`);
  return port;
}

function readWeight(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const weight = Number(value);
  if (!(weight >= 0 && weight <= 10_000)) {
    throw new Refusal(400, 20002, `instance format invalid: The weights range from 0.0 to 10000.0, got ${value}`);
  }
  return weight;
}

/** JSON, or `key=value,key=value` (nacos UtilsAndCommons.parseMetadata). */
function readMetadata(value: string | undefined): Record<string, string> | undefined {
  if (value === undefined) return undefined;
  const pairs = value.trim().startsWith('{') ? parseJsonObject(value) : value.split(',').map((pair) => pair.split('='));
  if (pairs === undefined || pairs.some((pair) => pair.length !== 2)) {
    throw new Refusal(400, 20002, `metadata datum ${JSON.stringify(value)} is invalid`);
  }
  return Object.fromEntries(pairs.map(([key, item]) => [key, String(item)]));
}
