import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.ts';

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
