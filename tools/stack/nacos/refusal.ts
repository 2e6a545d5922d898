import { bare, containerError, failure, text, type Answer, type ErrorCode } from './answer.ts';
import type { CompatibilitySwitch, VersionRules } from './versions.ts';

/** Why a request is refused, once it is known which API it asks. */
type Problem =
  /** A parameter that is not there. */
  | { readonly kind: 'missing'; readonly name: string; readonly type: 'String' | 'Integer' }
  /** A name, a port or an address that the parameter check of every API refuses. */
  | { readonly kind: 'illegal'; readonly message: string }
  /** A value that the API's own code refuses. */
  | { readonly kind: 'invalid'; readonly code: ErrorCode; readonly message: string }
  /** What an exception handler of the v1 API made of an exception. */
  | { readonly kind: 'caused'; readonly status: number; readonly message: string }
  /** An exception that reached the servlet container. */
  | { readonly kind: 'failed'; readonly message: string }
  /** An API that 3.x has switched off. */
  | { readonly kind: 'gone'; readonly gate: CompatibilitySwitch; readonly successor: string };

/** Thrown by a route to refuse its request. */
export class Refusal extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.kind);
    this.name = 'Refusal';
    this.problem = problem;
  }
}

/** The answer that a server of this version gives to the problem on this path. */
export function answerProblem(problem: Problem, path: string, rules: VersionRules): Answer {
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

function answerMissing({ name, type }: { name: string; type: string }, path: string, rules: VersionRules): Answer {
  if (path.startsWith('/nacos/v1/ns/')) return text(`Param '${name}' is required.`, 400);
  if (isV1(path)) return rules.missingParameter(name, path);
  const message = `Required parameter '${name}' type ${type} is not present`;
  return path.startsWith('/nacos/v3/client/cs/') ? text(`caused: ${message};`, 400) : failure(10000, message, 400);
}

/** What 3.x says where an API is switched off: the container's document, whose message holds the envelope as text. */
export function apiGone(path: string, gate: CompatibilitySwitch, successor: string): Answer {
  const [method = '', successorPath = ''] = successor.split(' ');
  const message = `Current API will be deprecated, please use API(s) \`${method} \${contextPath:nacos}${successorPath}\` instead, or set \`nacos.core.api.compatibility.${gate}.enabled=true\` in application.properties.`;
  return containerError(410, JSON.stringify({ code: 40_000, message }), path);
}

function isV1(path: string): boolean {
  return path.startsWith('/nacos/v1/');
}
