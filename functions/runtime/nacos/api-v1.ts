import {
  invalidResponse,
  isNamed,
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

/** The API of Nacos 1.x to 3.1 (nacos `ConfigController`, `InstanceController`, `ServerStateController`). */
export const v1: Api = {
  loginPath: '/v1/auth/login',
  isAuthEnabled: {
    path: '/v1/console/server/state',
    maxBytes: MAX_STATE_BYTES,
    read: (reply) => readReply(reply, () => readAuthEnabled(parseObject(reply.body), reply)),
  },
  document: ({ dataId, group }, namespace) => ({
    path: pathOf('/v1/cs/configs', { dataId, group, tenant: namespace === 'public' ? '' : namespace }), // 2.5.1 has no tenant "public"
    maxBytes: MAX_DOCUMENT_BYTES,
    read: (reply) => {
      if (reply.status === 404 && reply.body.startsWith('config data not exist')) return { kind: 'notFound' };
      return readReply(reply, ({ bytes, headers }) => {
        const md5 = headers['content-md5']; // every Nacos marks its documents so (`ConfigServletInner`)
        return md5 === undefined ? NO_MD5 : readContent(bytes, md5);
      });
    },
  }),
  instances: (ref, namespace) => ({
    path: pathOf('/v1/ns/instance/list', {
      serviceName: ref.service,
      groupName: ref.group,
      namespaceId: namespace || 'public',
      clusters: ref.cluster,
      healthyOnly: 'false',
    }),
    maxBytes: MAX_LIST_BYTES,
    read: (reply) =>
      readReply(reply, () => {
        const list = parseObject(reply.body);
        return isNamed(list?.['name'], ref) ? readHosts(list?.['hosts'], ref, reply) : invalidResponse(reply);
      }),
  }),
};

const NO_MD5 = {
  kind: 'invalidResponse',
  got: 'a body without content-md5: it is not from Nacos, or a proxy strips headers',
} as const;
