import { apiGone, containerError, Refusal, type Answer } from './answer.ts';
import type { Auth } from './auth.ts';
import { apiAbsent } from './fault-answers.ts';
import type { NacosRequest, Routes } from './route.ts';

export type Api = 'v1' | 'v3';

export interface RouterOptions {
  readonly routes: Routes;
  readonly auth: Auth;
  readonly apis: readonly Api[];
  readonly v1Gone: boolean;
}

/** Finds the route below `/nacos`, lets auth have its word, and turns a refusal into the answer that its API gives. */
export function createRouter({
  routes,
  auth,
  apis,
  v1Gone,
}: RouterOptions): (request: NacosRequest) => Promise<Answer> {
  return async (request) => {
    const { method, path } = request;
    const api = path.startsWith('/nacos/v3/') ? 'v3' : 'v1';
    if (v1Gone && path.startsWith('/nacos/v1/')) return apiGone();
    const route = path.startsWith('/nacos/') ? routes[`${method} ${path.slice('/nacos'.length)}`] : undefined;
    if (route === undefined || !apis.includes(api)) return apiAbsent(path);
    const refusal = auth.refuse(route.access, request.headers, request.parameters);
    if (refusal !== undefined) return containerError(403, refusal, path);
    try {
      return await route.answer(request);
    } catch (error) {
      if (error instanceof Refusal) return error.toAnswer(api);
      throw error;
    }
  };
}
