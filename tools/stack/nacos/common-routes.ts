import { readCredentials, type Auth } from './auth.ts';
import { failure, json, result, text, type NacosAnswer, type NacosRequest, type Route, type Routes } from './http.ts';
import type { ConfigStore } from './config-store.ts';
import type { ServiceRegistry } from './services.ts';
import type { VersionRules } from './versions.ts';

interface Stores {
  readonly configs: ConfigStore;
  readonly services: ServiceRegistry;
}

/** Login (nacos default auth plugin, UserController and UserControllerV3), health and state. */
export function commonRoutes(auth: Auth, rules: VersionRules, stores: Stores): Routes {
  const login: Route = { access: 'open', answer: (request) => logIn(auth, rules, request) };
  const alive: Route = { access: 'open', answer: () => text('OK') };
  const state = (): object => ({
    version: rules.version,
    startup_mode: 'standalone',
    auth_system_type: 'nacos',
    auth_enabled: String(auth.isEnabled(rules.version)),
    function_mode: null,
  });
  return {
    'POST /v1/auth/login': login,
    'POST /v1/auth/users/login': login,
    'POST /v3/auth/user/login': login,
    'GET /v1/console/health/liveness': alive,
    'GET /v1/console/health/readiness': {
      access: 'open',
      answer: ({ isNamingDown }) => (isNamingDown ? text('naming not in readiness', 500) : text('OK')),
    },
    'GET /v1/console/server/state': { access: 'open', answer: () => json(state()) },
    'GET /v3/admin/core/state': { access: 'open', answer: () => result(state()) },
    'GET /v3/admin/core/state/liveness': { access: 'open', answer: () => result('ok') },
    'GET /v3/admin/core/state/readiness': {
      access: 'open',
      answer: ({ isNamingDown }) => (isNamingDown ? failure(30000, null) : result('ok')),
    },
    'GET /v1/console/namespaces': { access: 'open', answer: () => json(listNamespaces(stores)) },
    'GET /actuator/health': {
      access: 'open',
      answer: () => json({ status: 'UP' }, 200, { 'Content-Type': 'application/vnd.spring-boot.actuator.v3+json' }),
    },
  };
}

/** The namespaces that hold something, as consoles list them. */
function listNamespaces({ configs, services }: Stores): object {
  const documents = configs.list().map(({ namespace }) => namespace);
  const names = new Set(['', ...documents, ...services.services().map(({ namespaceId }) => namespaceId)]);
  names.delete('public');
  const data = [...names].map((namespace) => ({
    namespace,
    namespaceShowName: namespace || 'public',
    namespaceDesc: null,
    quota: 200,
    configCount: documents.filter((other) => other === namespace).length,
    type: namespace === '' ? 0 : 2,
  }));
  return { code: 200, message: null, data };
}

function logIn(auth: Auth, rules: VersionRules, { parameters, path, headers }: NacosRequest): NacosAnswer {
  const isV3 = path.startsWith('/nacos/v3/');
  if (isV3 && parameters.get('username') === undefined) return rules.refusedLogin('wrongPassword', '', path);
  const username = parameters.present('username');
  const password = isV3 ? parameters.get('password') : parameters.present('password');
  const { token } = readCredentials(headers, parameters);
  const session = auth.login(username, password, token);
  if (typeof session === 'string') return rules.refusedLogin(session, username, path);
  return json(session, 200, { Authorization: `Bearer ${session.accessToken}` });
}
