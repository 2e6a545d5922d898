import type { IncomingMessage } from 'node:http';
import { Refusal } from './answer.ts';

/** The nacos limit for one configuration is 10 MiB; percent-encoding may triple it. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** The parameters of one request: query and form body together, the query first, as a servlet container merges them. */
export class RequestParameters {
  readonly #query: URLSearchParams;
  readonly #form: URLSearchParams;

  constructor(query: URLSearchParams, form: URLSearchParams) {
    this.#query = query;
    this.#form = form;
  }

  /** The value; undefined when it is missing or blank. */
  optional(name: string): string | undefined {
    const value = this.#query.get(name) ?? this.#form.get(name);
    return value === null || value.trim() === '' ? undefined : value;
  }

  /** The value, or a refusal with 400. */
  required(name: string): string {
    const value = this.optional(name);
    if (value === undefined) throw new Refusal(400, 10000, `Required parameter '${name}' type String is not present`);
    return value;
  }

  /** A whole number, or a refusal with 400 for anything else. */
  requiredInteger(name: string): number {
    const value = this.required(name);
    if (!/^\d{1,9}$/.test(value))
      throw new Refusal(400, 20002, `${name}: expected an integer, got ${JSON.stringify(value)}`);
    return Number(value);
  }

  /** `true` and `false` in any case; anything else is false, as Java's BooleanUtils reads it. */
  optionalBoolean(name: string): boolean | undefined {
    const value = this.optional(name);
    return value === undefined ? undefined : value.toLowerCase() === 'true';
  }
}

/** Reads the body to its end, whatever it is; only a form body gives parameters. Throws, the connection being broken, when the client goes away or sends too much. */
export async function readParameters(request: IncomingMessage, query: URLSearchParams): Promise<RequestParameters> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`body: expected at most ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const isForm =
    request.headers['content-type']?.toLowerCase().startsWith('application/x-www-form-urlencoded') ?? false;
  return new RequestParameters(query, new URLSearchParams(isForm ? Buffer.concat(chunks).toString('utf8') : ''));
}
