import { containerError, json, text } from './answer.ts';
import { loginRefusal, type Auth } from './auth.ts';
import type { Route, Routes } from './route.ts';

/** Login, which answers alike in every version (nacos default auth plugin, UserController and UserControllerV3), and the console's health. */
export function commonRoutes(auth: Auth): Routes {
  const login: Route = {
    access: 'open',
    answer: ({ parameters, path }) => {
      const session = auth.login(parameters.required('username'), parameters.required('password'));
      if (session === undefined) return containerError(403, loginRefusal, path);
      return json(session, 200, { Authorization: `Bearer ${session.accessToken}` });
    },
  };
  const healthy: Route = { access: 'open', answer: () => text('OK') };
  return {
    'POST /v1/auth/login': login,
    'POST /v1/auth/users/login': login,
    'POST /v3/auth/user/login': login,
    'GET /v1/console/health/liveness': healthy,
    'GET /v1/console/health/readiness': healthy,
  };
}
