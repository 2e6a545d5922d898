import type { Access } from '../http.ts';
import { Refusal, RequestParameters } from '../http.ts';
import { configNamespace, type ConfigStore } from '../config-store.ts';
import { readServiceName, type InstanceReference, type NewInstance, type ServiceName } from '../instances.ts';
import { registerChecked, type ServiceRegistry } from '../services.ts';
import { describeService, listenKey, type Connection } from './connections.ts';
import { isBody, type Body } from './wire.ts';

/** What the requests of clients read and change. */
export interface State {
  readonly configs: ConfigStore;
  readonly services: ServiceRegistry;
}

interface Served {
  /** The type of the answer. */
  readonly response: string;
  readonly access: Access;
  readonly answer: (fields: Body, connection: Connection, state: State) => Body;
}

const OK: Body = {};

/** A request that failed: `resultCode` 500 and a code of Nacos' own. */
export function failed(errorCode: number, message: string): Body {
  return { resultCode: 500, errorCode, message, success: false };
}

/** Every request that is served, by type (nacos api, remote.request and its kin of config and naming). */
export const served: Readonly<Record<string, Served>> = {
  HealthCheckRequest: { response: 'HealthCheckResponse', access: 'open', answer: () => OK },
  ConfigPublishRequest: { response: 'ConfigPublishResponse', access: 'write', answer: publish },
  ConfigQueryRequest: { response: 'ConfigQueryResponse', access: 'read', answer: query },
  ConfigRemoveRequest: {
    response: 'ConfigRemoveResponse',
    access: 'write',
    answer: (fields, _, { configs }) => {
      configs.remove(read(fields, 'dataId'), placeOf(fields));
      return OK;
    },
  },
  ConfigBatchListenRequest: { response: 'ConfigChangeBatchListenResponse', access: 'read', answer: listen },
  InstanceRequest: { response: 'InstanceResponse', access: 'write', answer: changeInstance(true) },
  PersistentInstanceRequest: { response: 'InstanceResponse', access: 'write', answer: changeInstance(false) },
  BatchInstanceRequest: { response: 'BatchInstanceResponse', access: 'write', answer: registerBatch },
  ServiceQueryRequest: {
    response: 'QueryServiceResponse',
    access: 'read',
    answer: (fields, _, { services }) => {
      const healthyOnly = fields['healthyOnly'] === true;
      const asked = { ...serviceOf(fields), clusters: text(fields, 'cluster') ?? '', healthyOnly };
      return { serviceInfo: describeService(services, asked) };
    },
  },
  SubscribeServiceRequest: { response: 'SubscribeServiceResponse', access: 'read', answer: subscribe },
  ServiceListRequest: { response: 'ServiceListResponse', access: 'read', answer: listServices },
};

function publish(fields: Body, _: Connection, { configs }: State): Body {
  const [dataId, place] = [read(fields, 'dataId'), placeOf(fields)];
  const casMd5 = text(fields, 'casMd5');
  if (casMd5 !== undefined && !configs.hasMd5(dataId, place, casMd5)) {
    return failed(500, 'Cas publish fail,server md5 may have changed.');
  }
  const more = fields['additionMap'];
  configs.publish(dataId, read(fields, 'content'), { ...place, type: isBody(more) ? text(more, 'type') : undefined });
  return OK;
}

function query(fields: Body, _: Connection, { configs }: State): Body {
  const config = configs.get(read(fields, 'dataId'), placeOf(fields));
  if (config === undefined) return failed(300, 'config data not exist'); // ConfigQueryResponse.CONFIG_NOT_FOUND
  const { content, md5, type: contentType, lastModified } = config;
  return { content, md5, contentType, lastModified, encryptedDataKey: '', beta: false };
}

/** Answers what differs already; what changes later is pushed. */
function listen(fields: Body, { listened }: Connection, { configs }: State): Body {
  const contexts = Array.isArray(fields['configListenContexts']) ? fields['configListenContexts'].filter(isBody) : [];
  const changedConfigs = contexts.flatMap((context) => {
    const [dataId, group, tenant] = [read(context, 'dataId'), read(context, 'group'), text(context, 'tenant') ?? ''];
    const md5 = text(context, 'md5') ?? '';
    const namespace = configNamespace(tenant);
    const key = listenKey(dataId, group, namespace);
    if (fields['listen'] === false) {
      listened.delete(key);
      return [];
    }
    listened.set(key, { dataId, group, tenant, md5 });
    return configs.hasMd5(dataId, { group, namespace }, md5) ? [] : [{ dataId, group, tenant }];
  });
  return { changedConfigs };
}

function changeInstance(isEphemeral: boolean): Served['answer'] {
  return (fields, connection, { services }) => {
    const type = read(fields, 'type');
    const given = isBody(fields['instance']) ? fields['instance'] : {};
    const instance = instanceOf(fields, given, connection, isEphemeral);
    if (type === 'registerInstance') registerChecked(services, instance);
    else if (type === 'deregisterInstance') services.deregister(instance);
    else throw new Refusal({ kind: 'invalid', code: 20002, message: `Unsupported request type ${type}` });
    return { type };
  };
}

/** Replaces what the connection registered of this service. */
function registerBatch(fields: Body, connection: Connection, { services }: State): Body {
  const given = Array.isArray(fields['instances']) ? fields['instances'].filter(isBody) : [];
  const instances = given.map((instance) => instanceOf(fields, instance, connection, true));
  services.deregisterClient(connection.id, serviceOf(fields));
  for (const instance of instances) registerChecked(services, instance);
  return { type: text(fields, 'type') ?? 'batchRegisterInstance' };
}

function subscribe(fields: Body, { subscribed }: Connection, { services }: State): Body {
  const service = serviceOf(fields);
  const clusters = text(fields, 'clusters') ?? '';
  const key = JSON.stringify([service, clusters]);
  const serviceInfo = describeService(services, { ...service, clusters });
  if (fields['subscribe'] === false) subscribed.delete(key);
  else subscribed.set(key, { ...service, clusters, hosts: serviceInfo.hosts });
  return { serviceInfo };
}

function listServices(fields: Body, _: Connection, { services }: State): Body {
  const [pageNo, pageSize] = [Number(fields['pageNo'] ?? 1), Number(fields['pageSize'] ?? 10)];
  const names = services.names(text(fields, 'namespace'), text(fields, 'groupName'));
  const start = Math.max(0, pageNo - 1) * pageSize;
  return { count: names.length, serviceNames: names.slice(start, start + pageSize) };
}

/** The resource that a permission names: configuration by data ID, naming by service. */
export function resourceOf(type: string, fields: Body, publicNamespace: string): string {
  if (type.startsWith('Config')) {
    const { group, namespace } = placeOf(fields);
    return `${namespace || publicNamespace}:${group ?? ''}:config/${text(fields, 'dataId') ?? ''}`;
  }
  const { namespaceId, groupName, serviceName } = nameOf(fields);
  return `${namespaceId === 'public' ? publicNamespace : namespaceId}:${groupName}:naming/${serviceName}`;
}

/** The names in a request under those of the HTTP API, where they are checked. */
export function namesOf(fields: Body): RequestParameters {
  const instance = isBody(fields['instance']) ? fields['instance'] : {};
  const names = { ...instance, ...fields, namespaceId: fields['namespace'] };
  const known = ['dataId', 'group', 'groupName', 'tenant', 'namespaceId', 'serviceName', 'clusterName', 'ip', 'port'];
  const given = known.flatMap((name) => {
    const value = (names as Body)[name];
    return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)] as [string, string]] : [];
  });
  return new RequestParameters(new URLSearchParams(given), new URLSearchParams());
}

function placeOf(fields: Body): { group: string | undefined; namespace: string } {
  return { group: text(fields, 'group'), namespace: configNamespace(text(fields, 'tenant')) };
}

function nameOf(fields: Body): ServiceName {
  return readServiceName({
    serviceName: text(fields, 'serviceName') ?? '',
    groupName: text(fields, 'groupName'),
    namespaceId: text(fields, 'namespace'),
  });
}

function serviceOf(fields: Body): Omit<ServiceName, 'groupedName'> {
  read(fields, 'serviceName');
  const { serviceName, groupName, namespaceId } = nameOf(fields);
  return { serviceName, groupName, namespaceId };
}

function instanceOf(
  fields: Body,
  given: Body,
  { id, client }: Connection,
  isEphemeral: boolean,
): NewInstance & InstanceReference {
  const metadata = isBody(given['metadata']) ? given['metadata'] : {};
  const weight = Number(given['weight'] ?? 1);
  if (weight < 0 || weight > 10_000) {
    const message = 'instance format invalid: The weights range from 0.0 to 10000.0';
    throw new Refusal({ kind: 'invalid', code: 21001, message });
  }
  return {
    ...serviceOf(fields),
    ip: read(given, 'ip'),
    port: Number(given['port']),
    clusterName: text(given, 'clusterName'),
    weight,
    healthy: given['healthy'] !== false,
    enabled: given['enabled'] !== false,
    ephemeral: isEphemeral,
    metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)])),
    registeredBy: 'grpc',
    client,
    ...(isEphemeral && { connectionId: id }),
  };
}

/** A text that is there and not blank. */
function text(fields: Body, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** The same, or a refusal. */
function read(fields: Body, name: string): string {
  const value = text(fields, name);
  if (value === undefined) throw new Refusal({ kind: 'missing', name, type: 'String' });
  return value;
}
