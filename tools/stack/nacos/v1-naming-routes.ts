import {
  json,
  parseJsonObject,
  Refusal,
  RequestParameters,
  result,
  text,
  type NacosAnswer,
  type NacosRequest,
  type Routes,
} from './http.ts';
import {
  beatIntervalMs,
  readInstance,
  readInstanceReference,
  readServiceName,
  readServiceReference,
  type NewInstance,
} from './instances.ts';
import { registerChecked, serviceInfo, type ServiceRegistry } from './services.ts';
import type { VersionRules } from './versions.ts';

/** The v1 naming API (nacos InstanceController and ServiceController), and what clients read of v2. */
export function v1NamingRoutes(services: ServiceRegistry, { allIpsField }: VersionRules): Routes {
  const info = ({ parameters, listFault }: NacosRequest): object => {
    const clusters = parameters.optional('clusters');
    const healthyOnly = parameters.optionalBoolean('healthyOnly');
    const query = { ...readServiceReference(parameters), clusters, healthyOnly, listFault };
    return serviceInfo(services, query, allIpsField);
  };
  return {
    'POST /v1/ns/instance': {
      access: 'write',
      answer: ({ parameters, headers, apply }) => {
        const client = headers['user-agent'];
        const instance = { ...readInstance(parameters), registeredBy: 'v1', client } as const;
        registerChecked(services, instance, apply);
        return text('ok');
      },
    },
    'PUT /v1/ns/instance': {
      access: 'write',
      answer: ({ parameters }) => {
        const { weight, enabled, metadata, ...reference } = readInstance(parameters);
        services.update(reference, { weight, enabled, metadata });
        return text('ok');
      },
    },
    'DELETE /v1/ns/instance': {
      access: 'write',
      answer: ({ parameters, apply }) => {
        const reference = readInstanceReference(parameters);
        apply(() => services.deregister(reference));
        return text('ok');
      },
    },
    'GET /v1/ns/instance': { access: 'read', answer: ({ parameters }) => getInstance(services, parameters) },
    'PUT /v1/ns/instance/beat': { access: 'write', answer: (request) => beat(services, request) },
    'GET /v1/ns/instance/list': { access: 'read', answer: (request) => json(info(request)) },
    'GET /v2/ns/instance/list': { access: 'read', answer: (request) => result(info(request)) },
    'GET /v1/ns/service/list': { access: 'read', answer: ({ parameters }) => listServices(services, parameters) },
    'GET /v1/ns/service': { access: 'read', answer: ({ parameters }) => getService(services, parameters) },
    'GET /v1/ns/operator/metrics': { access: 'open', answer: () => json({ status: 'UP' }) },
  };
}

function getInstance(services: ServiceRegistry, parameters: RequestParameters): NacosAnswer {
  const instance = services.find(readInstanceReference(parameters));
  if (instance === undefined) return text('no matched ip found!', 404);
  const { ip, port, clusterName, weight, healthy, metadata, service } = instance;
  const instanceId = `${ip}#${port}#${clusterName}#${service.groupedName}`;
  return json({ service: service.groupedName, ip, port, clusterName, weight, healthy, instanceId, metadata });
}

/** A beat that carries the instance registers it when it is unknown; a light one, without, gets code 20404. */
function beat(services: ServiceRegistry, { parameters, headers }: NacosRequest): NacosAnswer {
  const body = parameters.optional('beat');
  const instance = body === undefined ? undefined : readBeat(body, parameters);
  const reference = instance ?? readInstanceReference(parameters);
  const interval = { clientBeatInterval: beatIntervalMs(services.timeouts), lightBeatEnabled: true };
  if (services.beat(reference)) return json({ ...interval, code: 10200 });
  if (instance === undefined) return json({ ...interval, code: 20404 });
  services.register({ ...instance, ephemeral: true, registeredBy: 'v1', client: headers['user-agent'] });
  return json({ ...interval, code: 10200 });
}

/** The beat's fields under the names of the form; the request's own service name wins. */
function readBeat(body: string, parameters: RequestParameters): NewInstance {
  const beatFields = parseJsonObject(body);
  if (beatFields === undefined) {
    const message = `Server failed, caused: errCode: 101, errMsg: Nacos deserialize failed for ${JSON.stringify(body)}`;
    throw new Refusal({ kind: 'failed', message });
  }
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

function listServices(services: ServiceRegistry, parameters: RequestParameters): NacosAnswer {
  const pageNo = parameters.requiredInteger('pageNo');
  const pageSize = parameters.requiredInteger('pageSize');
  const names = services.names(parameters.optional('namespaceId'), parameters.optional('groupName'));
  const start = Math.max(0, pageNo - 1) * pageSize;
  return json({ doms: names.slice(start, start + pageSize), count: names.length });
}

/** A service as the console of 2.x sees it: default settings, and its clusters. */
function getService(services: ServiceRegistry, parameters: RequestParameters): NacosAnswer {
  const reference = readServiceReference(parameters);
  const { namespaceId, groupName, serviceName, groupedName } = readServiceName(reference);
  const instances = services.list(reference);
  if (instances.length === 0)
    return text(`service not found, namespace: ${namespaceId}, serviceName: ${groupedName}`, 400);
  const clusters = [...new Set(instances.map(({ clusterName }) => clusterName))];
  return json({
    namespaceId,
    groupName,
    name: serviceName,
    protectThreshold: services.protectThreshold(reference) ?? 0,
    metadata: {},
    selector: { type: 'none', contextType: 'NONE' },
    clusters: clusters.map((name) => ({ name, healthChecker: { type: 'TCP' }, metadata: {} })),
  });
}
