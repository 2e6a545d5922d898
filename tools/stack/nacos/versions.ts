import { bare, containerError, text, type NacosAnswer, type CompatibilitySwitch } from './http.ts';
import type { AuthRefusal, LoginRefusal } from './auth.ts';

/** Those whose answers were recorded (fixtures/README.md). */
export type NacosVersion = '2.5.1' | '3.0.3';

export type Api = 'v1' | 'v2' | 'v3';

/** Everything that depends on the version alone. */
export interface VersionRules {
  readonly version: NacosVersion;
  readonly apis: readonly Api[];
  /** The name of the public namespace in a permission's resource. */
  readonly publicNamespace: '' | 'public';
  /** Whether a configuration is found in the tenant `public`; published to it lands in the public namespace everywhere. */
  readonly readsTenantPublic: boolean;
  /** Whether a path with a slash at its end is that without. */
  readonly ignoresTrailingSlash: boolean;
  /** The spelling of one field of v1 instance lists. */
  readonly allIpsField: 'allIPs' | 'allIps';
  readonly refusals: Readonly<Record<AuthRefusal, string>>;
  /** An exception in a v1 controller. */
  caused(message: string, status: number): NacosAnswer;
  /** A parameter of v1 configuration or login that is not there. */
  missingParameter(name: string, path: string): NacosAnswer;
  wrongMethod(method: string, path: string, allowed: readonly string[]): NacosAnswer;
  unknownPath(method: string, path: string): NacosAnswer;
  refusedLogin(why: LoginRefusal, username: string, path: string): NacosAnswer;
  /** A publication whose `casMd5` is not that of the document. */
  casFailed(): NacosAnswer;
  /** `Listening-Configs` of another form. */
  invalidListening(path: string): NacosAnswer;
}

const INTERNAL = 'Handle API Compatibility failed, please see log for detail.';

export const versionRules: Readonly<Record<NacosVersion, VersionRules>> = {
  '2.5.1': {
    version: '2.5.1',
    apis: ['v1', 'v2'],
    publicNamespace: '',
    readsTenantPublic: false,
    ignoresTrailingSlash: true,
    allIpsField: 'allIPs',
    refusals: {
      unknownUser: 'user not found!',
      invalidToken: 'token invalid!',
      expiredToken: 'token expired!',
      forbidden: 'authorization failed!',
    },
    caused: (message, status) => text(`caused: ${message};`, status),
    missingParameter: (name) =>
      text(
        `caused: Required request parameter &#39;${name}&#39; for method parameter type String is not present;`,
        500,
      ),
    wrongMethod: (method) => text(`caused: Request method &#39;${method}&#39; not supported;`, 500),
    unknownPath: (_, path) => containerError(404, 'No message available', path),
    refusedLogin: (why, username) =>
      why === 'unknownUser' ? text(`caused: User ${username} not found;`, 500) : text('user not found!', 403),
    casFailed: () => text('caused: Cas publish fail, server md5 may have changed.;', 500),
    invalidListening: (path) => containerError(500, 'invalid probeModify', path),
  },
  '3.0.3': {
    version: '3.0.3',
    apis: ['v1', 'v2', 'v3'],
    publicNamespace: 'public',
    readsTenantPublic: true,
    ignoresTrailingSlash: false,
    allIpsField: 'allIps',
    refusals: {
      unknownUser: 'Code: 401, Message: User not found! Please check user exist or password is right!.',
      invalidToken: 'Code: 401, Message: token invalid!.',
      expiredToken: 'Code: 401, Message: token expired!.',
      forbidden: 'Code: 403, Message: authorization failed!.',
    },
    caused: (message, status) => bare(`caused: ${message};`, status),
    missingParameter: (name, path) => containerError(400, `Required parameter '${name}' is not present.`, path),
    wrongMethod: (method, path, allowed) =>
      containerError(405, `Method '${method}' is not supported.`, path, { Allow: allowed.join(', ') }),
    unknownPath: (method, path) => containerError(404, `No endpoint ${method} ${path}.`, path),
    refusedLogin: (why, _, path) => {
      if (!path.startsWith('/nacos/v3/')) return containerError(500, INTERNAL, path);
      return why === 'unknownUser'
        ? containerError(403, 'Access Denied', path)
        : containerError(500, 'No message available', path);
    },
    casFailed: () => bare('false', 500),
    invalidListening: (path) => containerError(400, 'caused: invalid probeModify;', path),
  },
};

/**
 * What 3.x answers only where a switch lets it, and what it names as the successor. The switch for clients is on unless
 * set, the others are off. Rows without a recording: the writes of `client`, `namespaces` and the v2 list.
 */
export const successors: Readonly<Record<string, readonly [CompatibilitySwitch, string]>> = {
  'GET /v1/cs/configs': ['client', 'GET /v3/client/cs/config'],
  'POST /v1/cs/configs': ['client', 'POST /v3/admin/cs/config'],
  'DELETE /v1/cs/configs': ['client', 'DELETE /v3/admin/cs/config'],
  'POST /v1/cs/configs/listener': ['client', 'POST /v3/admin/cs/listener'],
  'GET /v1/ns/instance/list': ['client', 'GET /v3/client/ns/instance/list'],
  'POST /v1/ns/instance': ['client', 'POST /v3/client/ns/instance'],
  'DELETE /v1/ns/instance': ['client', 'DELETE /v3/client/ns/instance'],
  'PUT /v1/ns/instance/beat': ['client', 'POST /v3/client/ns/instance'],
  'GET /v1/ns/service/list': ['client', 'GET /v3/admin/ns/service/list'],
  'GET /v1/ns/operator/metrics': ['client', 'GET /v3/admin/ns/ops/metrics'],
  'POST /v1/auth/login': ['client', 'POST /v3/auth/user/login'],
  'POST /v1/auth/users/login': ['client', 'POST /v3/auth/user/login'],
  'GET /v1/ns/instance': ['admin', 'GET /v3/admin/ns/instance'],
  'PUT /v1/ns/instance': ['admin', 'PUT /v3/admin/ns/instance'],
  'GET /v1/ns/service': ['admin', 'GET /v3/admin/ns/service'],
  'GET /v2/cs/config': ['admin', 'GET /v3/admin/cs/config'],
  'GET /v2/ns/instance/list': ['admin', 'GET /v3/admin/ns/instance/list'],
  'GET /v1/console/health/liveness': ['console', 'GET /v3/console/health/liveness'],
  'GET /v1/console/health/readiness': ['console', 'GET /v3/console/health/readiness'],
  'GET /v1/console/server/state': ['console', 'GET /v3/console/server/state'],
  'GET /v1/console/namespaces': ['console', 'GET /v3/console/core/namespace/list'],
};

/** What 3.x says where an API is switched off: the container's document, whose message holds the envelope as text. */
export function apiGone(path: string, gate: CompatibilitySwitch, successor: string): NacosAnswer {
  const [method = '', successorPath = ''] = successor.split(' ');
  const message = `Current API will be deprecated, please use API(s) \`${method} \${contextPath:nacos}${successorPath}\` instead, or set \`nacos.core.api.compatibility.${gate}.enabled=true\` in application.properties.`;
  return containerError(410, JSON.stringify({ code: 40_000, message }), path);
}
