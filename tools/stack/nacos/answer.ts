import { STATUS_CODES } from 'node:http';

/** What a route says; the server adds Content-Length and the connection's own headers. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export function text(body: string, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'Content-Type': 'text/plain;charset=UTF-8', ...headers }, body };
}

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json;charset=UTF-8', ...headers },
    body: JSON.stringify(value),
  };
}

/** The error document of the servlet container, for what no controller answers: refused by a filter, or no such path. */
export function containerError(status: number, message: string, path: string): Answer {
  return json({ timestamp: new Date().toISOString(), status, error: STATUS_CODES[status], message, path }, status);
}

/** The envelope of the v3 API (nacos api, model.v2.Result). */
export function result(data: unknown): Answer {
  return json({ code: 0, message: 'success', data });
}

/** The v3 error codes that this server gives, and their messages (nacos api, model.v2.ErrorCode). */
const errorMessages = {
  10000: 'parameter missing',
  20002: 'parameter validate error',
  20004: 'resource not found',
  21003: 'instance not found',
  40000: 'API deprecated.',
} as const;

export type ErrorCode = keyof typeof errorMessages;

/** The v3 envelope of a failure; some failures of v3 are HTTP 200 with a code. */
export function failure(code: ErrorCode, data: string | null, status = 200): Answer {
  return json({ code, message: errorMessages[code], data }, status);
}

/** What a server from 3.0 on says where an API was switched off (nacos core ApiCompatibilityFilter). */
export function apiGone(): Answer {
  const message =
    'Current API will be deprecated, If wanted continue to use, please set `nacos.core.api.compatibility.client.enabled=true` in application.properties.';
  return failure(40000, message, 410);
}

/** Thrown by a route to refuse its request; v1 says the message as plain text, v3 wraps it in a `failure`. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: ErrorCode;

  constructor(status: number, code: ErrorCode, message: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
  }

  toAnswer(api: 'v1' | 'v3'): Answer {
    return api === 'v1' ? text(this.message, this.status) : failure(this.code, this.message, this.status);
  }
}
