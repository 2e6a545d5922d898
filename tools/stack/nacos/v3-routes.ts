import { failure, result, type Answer } from './answer.ts';
import type { ConfigPlace, ConfigStore } from './config-store.ts';
import { readInstance, readInstanceReference, readServiceReference } from './instance-form.ts';
import { listInstances } from './instance-listing.ts';
import type { RequestParameters } from './parameters.ts';
import type { Routes } from './route.ts';
import type { ServiceRegistry } from './service-registry.ts';

/** The v3 API as nacos 3.0 speaks it: what clients read and register by, and of the admin API what publishes configuration. */
export function v3Routes(configs: ConfigStore, services: ServiceRegistry): Routes {
  return {
    'GET /v3/client/cs/config': { access: 'read', answer: ({ parameters }) => getConfig(configs, parameters) },
    'POST /v3/admin/cs/config': {
      access: 'write',
      answer: ({ parameters }) => {
        const { dataId, place } = readConfigId(parameters);
        configs.publish(dataId, parameters.required('content'), { ...place, type: parameters.optional('type') });
        return result(true);
      },
    },
    'DELETE /v3/admin/cs/config': {
      access: 'write',
      answer: ({ parameters }) => {
        const { dataId, place } = readConfigId(parameters);
        configs.remove(dataId, place);
        return result(true);
      },
    },
    'POST /v3/client/ns/instance': {
      access: 'write',
      answer: ({ parameters }) => {
        const instance = readInstance(parameters);
        if (parameters.optionalBoolean('heartBeat') === true) {
          return services.beat(instance) ? result('ok') : failure(21003, null);
        }
        services.register({ ...instance, ephemeral: instance.ephemeral ?? true });
        return result('ok');
      },
    },
    'DELETE /v3/client/ns/instance': {
      access: 'write',
      answer: ({ parameters }) => {
        services.deregister(readInstanceReference(parameters));
        return result('ok');
      },
    },
    'GET /v3/client/ns/instance/list': {
      access: 'read',
      answer: ({ parameters, distortion }) => {
        const clusters = parameters.optional('clusterName');
        return result(listInstances(services, { ...readServiceReference(parameters), clusters, distortion }).hosts);
      },
    },
    'GET /v3/admin/core/state/readiness': { access: 'open', answer: () => result('ok') },
  };
}

function getConfig(configs: ConfigStore, parameters: RequestParameters): Answer {
  const { dataId, place } = readConfigId(parameters);
  const config = configs.get(dataId, place);
  if (config === undefined) return failure(20004, null);
  return result({
    resultCode: 200,
    errorCode: 0,
    message: null,
    requestId: null,
    content: config.content,
    encryptedDataKey: null,
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
