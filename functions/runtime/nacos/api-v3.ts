import {
  invalidResponse,
  MAX_DOCUMENT_BYTES,
  MAX_LIST_BYTES,
  MAX_STATE_BYTES,
  parseObject,
  pathOf,
  readAuthEnabled,
  readContent,
  readHosts,
  readReply,
  type Api,
} from './api.ts';
import { isObject } from '../object.ts';

/** The API of Nacos 3.0 and later (nacos `ClientController`, `CoreStateController`): JSON in an envelope. */
export const v3: Api = {
  loginPath: '/v3/auth/user/login',
  isAuthEnabled: {
    path: '/v3/admin/core/state',
    maxBytes: MAX_STATE_BYTES,
    read: (reply) => readReply(reply, () => readAuthEnabled(openEnvelope(reply.body).data, reply)),
  },
  document: ({ dataId, group }, namespace) => ({
    path: pathOf('/v3/client/cs/config', { dataId, groupName: group, namespaceId: namespace || 'public' }),
    maxBytes: ESCAPED * MAX_DOCUMENT_BYTES + MAX_STATE_BYTES,
    read: (reply) =>
      readReply(reply, () => {
        const { code, data } = openEnvelope(reply.body);
        if (code === RESOURCE_NOT_FOUND) return { kind: 'notFound' };
        const { content, md5 } = isObject(data) ? data : {};
        return typeof content === 'string' ? readContent(Buffer.from(content), md5) : invalidResponse(reply);
      }),
  }),
  instances: (ref, namespace) => ({
    path: pathOf('/v3/client/ns/instance/list', {
      serviceName: ref.service,
      groupName: ref.group,
      namespaceId: namespace || 'public',
      clusterName: ref.cluster,
    }),
    maxBytes: MAX_LIST_BYTES,
    read: (reply) =>
      readReply(reply, () => {
        const { code, data } = openEnvelope(reply.body);
        return code === RESOURCE_NOT_FOUND ? { kind: 'value', value: [] } : readHosts(data, ref, reply);
      }),
  }),
};

const RESOURCE_NOT_FOUND = 20_004; // nacos ErrorCode.RESOURCE_NOT_FOUND
const ESCAPED = 6; // bytes that JSON writes for one: \u0001

/** Code and data of an answer; no data unless the code is 0. */
function openEnvelope(body: string): { code: unknown; data: unknown } {
  const envelope = parseObject(body);
  const code = envelope?.['code'];
  return { code, data: code === 0 ? envelope?.['data'] : undefined };
}
