import { json, Refusal, text, type Answer } from './answer.ts';
import { beatIntervalMs, type InstanceReference, type NewInstance } from './instance.ts';
import { readInstance, readInstanceReference, readServiceReference } from './instance-form.ts';
import { serviceInfo } from './instance-listing.ts';
import { parseJsonObject } from './json-object.ts';
import { RequestParameters } from './parameters.ts';
import type { Routes } from './route.ts';
import { readServiceName } from './service-name.ts';
import type { ServiceRegistry } from './service-registry.ts';

/** The v1 naming API as nacos 2.5 InstanceController and ServiceController speak it. */
export function v1NamingRoutes(services: ServiceRegistry): Routes {
  return {
    'POST /v1/ns/instance': {
      access: 'write',
      answer: ({ parameters }) => {
        const instance = readInstance(parameters);
        services.register({ ...instance, ephemeral: instance.ephemeral ?? true });
        return text('ok');
      },
    },
    'PUT /v1/ns/instance': {
      access: 'write',
      answer: ({ parameters }) => {
        const { weight, enabled, metadata, ...reference } = readInstance(parameters);
        if (!services.update(reference, { weight, enabled, metadata })) throw notFound(reference, 400);
        return text('ok');
      },
    },
    'DELETE /v1/ns/instance': {
      access: 'write',
      answer: ({ parameters }) => {
        services.deregister(readInstanceReference(parameters));
        return text('ok');
      },
    },
    'GET /v1/ns/instance': { access: 'read', answer: ({ parameters }) => getInstance(services, parameters) },
    'PUT /v1/ns/instance/beat': { access: 'write', answer: ({ parameters }) => beat(services, parameters) },
    'GET /v1/ns/instance/list': {
      access: 'read',
      answer: ({ parameters, distortion }) =>
        json(
          serviceInfo(services, {
            ...readServiceReference(parameters),
            clusters: parameters.optional('clusters'),
            healthyOnly: parameters.optionalBoolean('healthyOnly'),
            distortion,
          }),
        ),
    },
    'GET /v1/ns/service/list': { access: 'read', answer: ({ parameters }) => listServices(services, parameters) },
    'GET /v1/ns/operator/metrics': { access: 'open', answer: () => json({ status: 'UP' }) },
  };
}

function getInstance(services: ServiceRegistry, parameters: RequestParameters): Answer {
  const reference = readInstanceReference(parameters);
  const instance = services.find(reference);
  if (instance === undefined) throw notFound(reference, 404);
  const { ip, port, clusterName, weight, healthy, metadata, service } = instance;
  const instanceId = `${ip}#${port}#${clusterName}#${service.groupedName}`;
  return json({ service: service.groupedName, ip, port, clusterName, weight, healthy, instanceId, metadata });
}

/** A beat that carries the instance registers it when it is unknown; a light one, without, is told so by code 20404. */
function beat(services: ServiceRegistry, parameters: RequestParameters): Answer {
  const body = parameters.optional('beat');
  const instance = body === undefined ? undefined : readBeat(body, parameters);
  const reference = instance ?? readInstanceReference(parameters);
  const interval = { clientBeatInterval: beatIntervalMs(services.timeouts), lightBeatEnabled: true };
  if (services.beat(reference)) return json({ ...interval, code: 10200 });
  if (instance === undefined) return json({ ...interval, code: 20404 });
  services.register({ ...instance, ephemeral: true });
  return json({ ...interval, code: 10200 });
}

/** The beat's fields under the names of the form; the request's own service name wins. */
function readBeat(body: string, parameters: RequestParameters): NewInstance {
  const beatFields = parseJsonObject(body);
  if (beatFields === undefined)
    throw new Refusal(400, 20002, `beat: expected a JSON object, got ${JSON.stringify(body)}`);
  const fields = new URLSearchParams();
  for (const [name, value] of beatFields) {
    fields.set(name === 'cluster' ? 'clusterName' : name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  for (const name of ['serviceName', 'groupName', 'namespaceId']) {
    const own = parameters.optional(name);
    if (own !== undefined) fields.set(name, own);
  }
  return readInstance(new RequestParameters(fields, new URLSearchParams()));
}

function listServices(services: ServiceRegistry, parameters: RequestParameters): Answer {
  const pageNo = parameters.requiredInteger('pageNo');
  const pageSize = parameters.requiredInteger('pageSize');
  const asked = readServiceName({
    serviceName: '',
    groupName: parameters.optional('groupName'),
    namespaceId: parameters.optional('namespaceId'),
  });
  const names = services
    .services()
    .filter((name) => name.namespaceId === asked.namespaceId && name.groupName === asked.groupName)
    .map((name) => name.serviceName);
  const start = Math.max(0, pageNo - 1) * pageSize;
  return json({ doms: names.slice(start, start + pageSize), count: names.length });
}

function notFound({ serviceName, ip, port }: InstanceReference, status: number): Refusal {
  return new Refusal(status, 20004, `no matched ip found! service: ${serviceName}, instance: ${ip}:${port}`);
}
