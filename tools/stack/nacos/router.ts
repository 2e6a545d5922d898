import { readCredentials, type Auth } from './auth.ts';
import { configNamespace } from './config-store.ts';
import {
  bare,
  containerError,
  failure,
  Refusal,
  text,
  withTypeOfPath,
  type NacosAnswer,
  type CompatibilitySwitch,
  type NacosRequest,
  type Problem,
  type RequestParameters,
  type Route,
  type Routes,
} from './http.ts';
import { readServiceName } from './instances.ts';
import { checkNames } from './name-check.ts';
import { apiGone, successors, type Api, type VersionRules } from './versions.ts';

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
}: RouterOptions): (request: NacosRequest) => Promise<NacosAnswer> {
  const { version } = rules;
  const isSpoken = (key: string): boolean => {
    const api = /^\w+ \/(v\d)\//.exec(key)?.[1];
    return api === undefined || apis.some((spoken) => spoken === api);
  };
  const served = new Set(Object.keys(routes).filter(isSpoken));
  const speaksV1 = apis.includes('v1');

  async function answer(request: NacosRequest): Promise<NacosAnswer> {
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

  function answerUnserved(method: string, path: string, name: string, isV1Naming: boolean): NacosAnswer {
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
function outside(): NacosAnswer {
  const body = '<!doctype html><html lang="en"><head><title>HTTP Status 404 – Not Found</title></head></html>';
  return { status: 404, headers: { 'Content-Type': 'text/html;charset=utf-8' }, body };
}

/** The answer that a server of this version gives to the problem on this path. */
function answerProblem(problem: Problem, path: string, rules: VersionRules): NacosAnswer {
  switch (problem.kind) {
    case 'missing':
      return answerMissing(problem, path, rules);
    case 'illegal':
      return bare(`${problem.message}\r\n`, 400);
    case 'invalid':
      return isV1(path) ? text(problem.message, 400) : failure(problem.code, problem.message, 400);
    case 'caused':
      return rules.caused(problem.message, problem.status);
    case 'failed':
      return isV1(path) ? containerError(500, problem.message, path) : failure(20002, problem.message, 400);
    case 'gone':
      return apiGone(path, problem.gate, problem.successor);
  }
}

function answerMissing({ name, type }: { name: string; type: string }, path: string, rules: VersionRules): NacosAnswer {
  if (path.startsWith('/nacos/v1/ns/')) return text(`Param '${name}' is required.`, 400);
  if (isV1(path)) return rules.missingParameter(name, path);
  const message = `Required parameter '${name}' type ${type} is not present`;
  return path.startsWith('/nacos/v3/client/cs/') ? text(`caused: ${message};`, 400) : failure(10000, message, 400);
}

function isV1(path: string): boolean {
  return path.startsWith('/nacos/v1/');
}
