import { invalidResponse, parseObject, query, readFailure, readHosts, type Api } from './api.ts';

/** The API of Nacos 3.0 and later (nacos `ClientController`). */
export const v3: Api = {
  loginPath: '/nacos/v3/auth/user/login',
  configPath: ({ dataId, group }, namespace) =>
    `/nacos/v3/client/cs/config?${query({ dataId, groupName: group, namespaceId: namespace || 'public' })}`,
  readConfig: (reply) => {
    if (reply.status !== 200) return readFailure(reply);
    const envelope = parseObject(reply.body);
    if (envelope?.['code'] === RESOURCE_NOT_FOUND) return { kind: 'notFound' };
    const data = envelope?.['code'] === 0 ? (envelope['data'] as { content?: unknown } | undefined) : undefined; // its content is checked next
    return typeof data?.content === 'string' ? { kind: 'value', value: data.content } : invalidResponse(reply);
  },
  instancesPath: ({ service, group, cluster }, namespace) =>
    `/nacos/v3/client/ns/instance/list?${query({ serviceName: service, groupName: group, namespaceId: namespace || 'public', clusterName: cluster })}`,
  readInstances: (reply, ref) => {
    if (reply.status !== 200) return readFailure(reply);
    const envelope = parseObject(reply.body);
    if (envelope?.['code'] === RESOURCE_NOT_FOUND) return { kind: 'value', value: [] };
    return readHosts(envelope?.['code'] === 0 ? envelope['data'] : undefined, ref, reply);
  },
};

const RESOURCE_NOT_FOUND = 20_004; // nacos ErrorCode.RESOURCE_NOT_FOUND
