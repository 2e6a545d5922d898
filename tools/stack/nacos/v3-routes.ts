import type { ConfigPlace, ConfigStore } from './config-store.ts';
import { failure, result, type NacosAnswer, type RequestParameters, type Routes } from './http.ts';
import { readInstance, readInstanceReference, readServiceReference, type ServiceReference } from './instances.ts';
import { listInstances, registerChecked, type ServiceRegistry } from './services.ts';

/** The v3 API as nacos 3.0 speaks it: what clients read and register by, and of the admin API what publishes configuration. */
export function v3Routes(configs: ConfigStore, services: ServiceRegistry): Routes {
  return {
    'GET /v3/client/cs/config': { access: 'read', answer: ({ parameters }) => getConfig(configs, parameters) },
    'POST /v3/admin/cs/config': {
      access: 'write',
      answer: ({ parameters, apply }) => {
        const { dataId, place } = readConfigId(parameters);
        const content = parameters.required('content');
        apply(() => configs.publish(dataId, content, { ...place, type: parameters.optional('type') }));
        return result(true);
      },
    },
    'DELETE /v3/admin/cs/config': {
      access: 'write',
      answer: ({ parameters, apply }) => {
        const { dataId, place } = readConfigId(parameters);
        apply(() => configs.remove(dataId, place));
        return result(true);
      },
    },
    'POST /v3/client/ns/instance': {
      access: 'write',
      answer: ({ parameters, headers, apply }) => {
        const origin = { registeredBy: 'v3', client: headers['user-agent'] } as const;
        const instance = { ...readInstance(parameters), ...readLiteralName(parameters), ...origin };
        if (parameters.optionalBoolean('heartBeat') === true) {
          return services.beat(instance) ? result('ok') : failure(21003, null);
        }
        registerChecked(services, instance, apply);
        return result('ok');
      },
    },
    'DELETE /v3/client/ns/instance': {
      access: 'write',
      answer: ({ parameters, apply }) => {
        const reference = { ...readInstanceReference(parameters), ...readLiteralName(parameters) };
        apply(() => services.deregister(reference));
        return result('ok');
      },
    },
    'GET /v3/client/ns/instance/list': {
      access: 'read',
      answer: ({ parameters, listFault }) => {
        const clusters = parameters.optional('clusterName');
        return result(listInstances(services, { ...readLiteralName(parameters), clusters, listFault }).hosts);
      },
    },
    'GET /v3/admin/ns/instance/list': {
      access: 'read',
      answer: ({ parameters, listFault }) => {
        const clusters = parameters.optional('clusterName');
        const healthyOnly = parameters.optionalBoolean('healthyOnly');
        const query = { ...readLiteralName(parameters), clusters, healthyOnly, listFault };
        return result(listInstances(services, query).hosts);
      },
    },
  };
}

function getConfig(configs: ConfigStore, parameters: RequestParameters): NacosAnswer {
  const { dataId, place } = readConfigId(parameters);
  const config = configs.get(dataId, place);
  if (config === undefined) return failure(20004, null);
  return result({
    resultCode: 200,
    errorCode: 0,
    message: null,
    requestId: null,
    content: config.content,
    encryptedDataKey: '',
    contentType: config.type,
    md5: config.md5,
    lastModified: config.lastModified,
    tag: null,
    beta: false,
    success: true,
  });
}

function readConfigId(parameters: RequestParameters): { dataId: string; place: ConfigPlace } {
  return {
    dataId: parameters.required('dataId'),
    place: { group: parameters.required('groupName'), namespace: parameters.optional('namespaceId') },
  };
}

/** v3 takes a name as it stands: `GROUP@@service` is a service of that name in the group that the request gives. */
function readLiteralName(parameters: RequestParameters): ServiceReference {
  const { serviceName, groupName = 'DEFAULT_GROUP', namespaceId } = readServiceReference(parameters);
  return { serviceName: `${groupName}@@${serviceName}`, namespaceId };
}
