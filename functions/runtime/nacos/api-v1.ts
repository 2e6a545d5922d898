import type { HttpReply } from '../outbound/exchange.ts';
import { invalidResponse, isNamed, parseObject, query, readFailure, readHosts, type Api } from './api.ts';

/** The API of Nacos 1.x to 3.1 (nacos `ConfigController`, `InstanceController`). */
export const v1: Api = {
  loginPath: '/nacos/v1/auth/login',
  configPath: ({ dataId, group }, namespace) => `/nacos/v1/cs/configs?${query({ dataId, group, tenant: namespace })}`,
  readConfig: (reply) => {
    if (reply.status === 200) return isNotNacos(reply) ? invalidResponse(reply) : { kind: 'value', value: reply.body };
    if (reply.status === 404 && reply.body.startsWith('config data not exist')) return { kind: 'notFound' };
    return readFailure(reply);
  },
  instancesPath: ({ service, group, cluster }, namespace) =>
    `/nacos/v1/ns/instance/list?${query({ serviceName: service, groupName: group, namespaceId: namespace || 'public', clusters: cluster, healthyOnly: 'false' })}`,
  readInstances: (reply, ref) => {
    if (reply.status !== 200) return readFailure(reply);
    const list = parseObject(reply.body);
    return isNamed(list?.['name'], ref) ? readHosts(list?.['hosts'], ref, reply) : invalidResponse(reply);
  },
};

/** A page of somebody else's, a proxy's login form say: every Nacos marks its documents with their MD5 (nacos `ConfigServletInner`). */
function isNotNacos({ headers }: HttpReply): boolean {
  return headers['content-md5'] === undefined && String(headers['content-type']).startsWith('text/html');
}
