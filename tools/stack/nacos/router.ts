import { bare, containerError, withTypeOfPath, type Answer } from './answer.ts';
import { readCredentials, type Auth } from './auth.ts';
import { configNamespace } from './config-store.ts';
import { checkNames } from './name-check.ts';
import type { RequestParameters } from './parameters.ts';
import { answerProblem, apiGone, Refusal } from './refusal.ts';
import type { NacosRequest, Route, Routes } from './route.ts';
import { readServiceName } from './service-name.ts';
import { successors, type Api, type CompatibilitySwitch, type VersionRules } from './versions.ts';

export interface RouterOptions {
  readonly routes: Routes;
  readonly auth: Auth;
  readonly apis: readonly Api[];
  readonly compatibility: Readonly<Record<CompatibilitySwitch, boolean>>;
  readonly rules: VersionRules;
}

const METHODS = ['POST', 'DELETE', 'GET', 'PUT'];

/** Finds the route below `/nacos`, lets the filters of a real server have their word in its order, and turns a refusal into the answer that its API gives. */
export function createRouter({
  routes,
  auth,
  apis,
  compatibility,
  rules,
}: RouterOptions): (request: NacosRequest) => Promise<Answer> {
  const { version } = rules;
  const isSpoken = (key: string): boolean => {
    const api = /^\w+ \/(v\d)\//.exec(key)?.[1];
    return api === undefined || apis.some((spoken) => spoken === api);
  };
  const served = new Set(Object.keys(routes).filter(isSpoken));
  const speaksV1 = apis.includes('v1');

  async function answer(request: NacosRequest): Promise<Answer> {
    const { method, path, headers, parameters } = request;
    if (path === '/nacos') return bare('', 302, { Location: `http://${headers.host ?? ''}/nacos/` });
    if (!path.startsWith('/nacos/')) return outside();
    const below = rules.ignoresTrailingSlash && path.length > '/nacos/'.length ? path.replace(/\/$/, '') : path;
    const name = below.slice('/nacos'.length);
    const isV1Naming = name.startsWith('/v1/ns/') && speaksV1;
    if (isV1Naming && request.isNamingDown) return bare('server is DOWNnow, please try again later!', 503);

    const key = `${method === 'HEAD' && !isV1Naming ? 'GET' : method} ${name}`;
    const route = served.has(key) ? routes[key] : undefined;
    if (route === undefined) return answerUnserved(method, path, name, isV1Naming);
    const successor = version === '2.5.1' ? undefined : successors[key];
    if (successor !== undefined && !compatibility[successor[0]]) return apiGone(path, ...successor);
    const refusal = refuse(route, name, request);
    if (refusal !== undefined) return containerError(403, rules.refusals[refusal], path);
    try {
      checkNames(parameters);
      return await route.answer(request);
    } catch (error) {
      if (error instanceof Refusal) return answerProblem(error.problem, path, rules);
      throw error;
    }
  }

  function answerUnserved(method: string, path: string, name: string, isV1Naming: boolean): Answer {
    if (isV1Naming) return containerError(501, `no such api:${method}:${path}`, path);
    const allowed = METHODS.filter((other) => served.has(`${other} ${name}`));
    if (allowed.length === 0) return rules.unknownPath(method, path);
    if (method !== 'OPTIONS') return rules.wrongMethod(method, path, allowed);
    return bare('', 200, { Allow: [...allowed, 'HEAD', 'OPTIONS'].join(',') });
  }

  function refuse({ access }: Route, name: string, { headers, parameters }: NacosRequest) {
    const api = name.startsWith('/v3/admin/') ? 'admin' : 'client';
    const resource = name.includes('/ns/') ? namingResource(parameters) : configResource(parameters);
    return auth.refuse(access, api, resource, readCredentials(headers, parameters));
  }

  function configResource(parameters: RequestParameters): string {
    const namespace = configNamespace(parameters.optional('tenant') ?? parameters.optional('namespaceId'));
    const group = parameters.optional('group') ?? parameters.optional('groupName') ?? '';
    return `${namespace || rules.publicNamespace}:${group}:config/${parameters.optional('dataId') ?? ''}`;
  }

  function namingResource(parameters: RequestParameters): string {
    const { namespaceId, groupName, serviceName } = readServiceName({
      serviceName: parameters.optional('serviceName') ?? '',
      groupName: parameters.optional('groupName'),
      namespaceId: parameters.optional('namespaceId'),
    });
    const namespace = namespaceId === 'public' ? rules.publicNamespace : namespaceId;
    return `${namespace}:${groupName}:naming/${serviceName}`;
  }

  return async (request) => withTypeOfPath(await answer(request), request.path);
}

/** The servlet container's own page. */
function outside(): Answer {
  const body = '<!doctype html><html lang="en"><head><title>HTTP Status 404 – Not Found</title></head></html>';
  return { status: 404, headers: { 'Content-Type': 'text/html;charset=utf-8' }, body };
}
