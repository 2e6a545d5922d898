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
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** Without a content type of its own, which gets that of its path. */
export function bare(body: string, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body };
}

/** The v1 configuration API calls all its answers JSON in UTF-8, those excepted that say that they are text. */
export function withTypeOfPath(answer: Answer, path: string): Answer {
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
): Answer {
  const timestamp = new Date().toISOString();
  return json({ timestamp, status, error: STATUS_CODES[status], message, path }, status, headers);
}

/** The envelope of the v2 and v3 APIs (nacos api, model.v2.Result). */
export function result(data: unknown): Answer {
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
export function failure(code: ErrorCode, data: string | null, status = 200): Answer {
  return json({ code, message: errorMessages[code], data }, status);
}
