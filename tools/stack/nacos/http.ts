import { STATUS_CODES, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

export interface NacosRequest {
  readonly method: string;
  /** As it was sent: `/nacos/v1/cs/configs`. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly parameters: RequestParameters;
  /** What a scripted fault does to instance lists. */
  readonly listFault: ListFault;
  /** Whether the naming part of the server says that it is not in service. */
  readonly isNamingDown: boolean;
  /** Makes a change: at once, or later where a scripted fault delays its visibility. */
  readonly apply: (change: () => void) => void;
  /** Aborted when the client goes away or the server closes. */
  readonly signal: AbortSignal;
}

export interface Route {
  /** What a user must be allowed to, where auth is on. */
  readonly access: Access;
  /** May throw a `Refusal`. */
  answer(request: NacosRequest): NacosAnswer | Promise<NacosAnswer>;
}

/** By method and path below the context path: `GET /v1/cs/configs`. */
export type Routes = Readonly<Record<string, Route>>;

/** What a request must be allowed to, where auth is on. */
export type Access = 'open' | 'read' | 'write';

/** What a scripted fault makes of instance lists: no hosts at all, or every host unhealthy. */
export type ListFault = 'empty-list' | 'all-unhealthy' | undefined;

/** What a route says; the server adds Content-Length and the connection's own headers. */
export interface NacosAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export function text(body: string, status = 200, headers: Readonly<Record<string, string>> = {}): NacosAnswer {
  return { status, headers: { 'Content-Type': 'text/plain;charset=UTF-8', ...headers }, body };
}

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): NacosAnswer {
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** Without a content type of its own, which gets that of its path. */
export function bare(body: string, status = 200, headers: Readonly<Record<string, string>> = {}): NacosAnswer {
  return { status, headers, body };
}

/** The v1 configuration API calls all its answers JSON in UTF-8, those excepted that say that they are text. */
export function withTypeOfPath(answer: NacosAnswer, path: string): NacosAnswer {
  const type = answer.headers['Content-Type'];
  if (!path.startsWith('/nacos/v1/cs/') || (type !== undefined && type !== 'application/json')) return answer;
  return { ...answer, headers: { ...answer.headers, 'Content-Type': 'application/json;charset=UTF-8' } };
}

/** The error document of the servlet container, for what no controller answers: refused by a filter, or no such path. */
export function containerError(
  status: number,
  message: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): NacosAnswer {
  const timestamp = new Date().toISOString();
  return json({ timestamp, status, error: STATUS_CODES[status], message, path }, status, headers);
}

/** The envelope of the v2 and v3 APIs (nacos api, model.v2.Result). */
export function result(data: unknown): NacosAnswer {
  return json({ code: 0, message: 'success', data });
}

/** The error codes of v2 and v3 that this server gives, and their messages (nacos api, model.v2.ErrorCode). */
const errorMessages = {
  10000: 'parameter missing',
  20002: 'parameter validate error',
  20004: 'resource not found',
  21001: 'weight error',
  21003: 'instance not found',
  30000: 'naming not in readiness',
} as const;

export type ErrorCode = keyof typeof errorMessages;

/** The envelope of a failure; some failures of v3 are HTTP 200 with a code. */
export function failure(code: ErrorCode, data: string | null, status = 200): NacosAnswer {
  return json({ code, message: errorMessages[code], data }, status);
}

/** Why a request is refused, once it is known which API it asks. */
export type Problem =
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

/** `nacos.core.api.compatibility.<switch>.enabled` of 3.x: which of the older APIs it still answers. */
export type CompatibilitySwitch = 'client' | 'console' | 'admin';

/** The servlet container reads no form beyond this (Tomcat's maxPostSize): its fields are missing then. */
const MAX_FORM_BYTES = 2 * 1024 * 1024;
/** Beyond this a body is not even received. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** The parameters of one request: query and form body together, the query first, as a servlet container merges them. */
export class RequestParameters {
  readonly #query: URLSearchParams;
  readonly #form: URLSearchParams;

  constructor(query: URLSearchParams, form: URLSearchParams) {
    this.#query = query;
    this.#form = form;
  }

  /** The value as it came, which may be blank; undefined when it is missing. */
  get(name: string): string | undefined {
    return this.#query.get(name) ?? this.#form.get(name) ?? undefined;
  }

  /** The value; undefined when it is missing or blank. */
  optional(name: string): string | undefined {
    const value = this.get(name);
    return value === undefined || value.trim() === '' ? undefined : value;
  }

  /** The value, which may be blank; a refusal when it is missing. */
  present(name: string): string {
    return this.get(name) ?? refuseMissing(name, 'String');
  }

  /** The value; a refusal when it is missing or blank. */
  required(name: string): string {
    return this.optional(name) ?? refuseMissing(name, 'String');
  }

  /** A whole number; a refusal for anything else. */
  requiredInteger(name: string): number {
    const value = this.optional(name) ?? refuseMissing(name, 'Integer');
    if (!/^\d{1,9}$/.test(value)) {
      const message = `${name}: expected an integer, got ${JSON.stringify(value)}`;
      throw new Refusal({ kind: 'invalid', code: 20002, message });
    }
    return Number(value);
  }

  /** `true` and `false` in any case; anything else is false, as Java's BooleanUtils reads it. */
  optionalBoolean(name: string): boolean | undefined {
    const value = this.optional(name);
    return value === undefined ? undefined : value.toLowerCase() === 'true';
  }
}

function refuseMissing(name: string, type: 'String' | 'Integer'): never {
  throw new Refusal({ kind: 'missing', name, type });
}

/** Reads the body to its end, whatever it is; only a form body, and not that of a GET, gives parameters. Throws, the connection being broken, when the client goes away or sends too much. */
export async function readParameters(request: IncomingMessage, query: URLSearchParams): Promise<RequestParameters> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`body: expected at most ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const type = request.headers['content-type']?.toLowerCase() ?? '';
  const isForm = type.startsWith('application/x-www-form-urlencoded') && request.method !== 'GET';
  const form = isForm && bytes <= MAX_FORM_BYTES ? Buffer.concat(chunks).toString('utf8') : '';
  return new RequestParameters(query, new URLSearchParams(form));
}

/** The fields of a JSON object; undefined for anything else. */
export function parseJsonObject(value: string): readonly (readonly [string, unknown])[] | undefined {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? Object.entries(parsed) : undefined;
  } catch {
    return undefined;
  }
}
