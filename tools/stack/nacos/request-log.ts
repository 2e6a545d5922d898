import type { IncomingHttpHeaders } from 'node:http';

/** A string names the end of a path (`/cs/configs` meets `/nacos/v1/cs/configs` and not `/nacos/v1/cs/configs/listener`), a RegExp is tested against the whole path. */
export type PathPattern = string | RegExp;

/** Whether the path of a request (without its query) meets the pattern. */
export function matchesPath(path: string, pattern: PathPattern): boolean {
  return typeof pattern === 'string' ? path.endsWith(pattern) : path.search(pattern) !== -1;
}

/** One request as it arrived. Form fields are not kept: `query` is what a proxy's access log would show. */
export interface LoggedRequest {
  readonly method: string;
  /** With the context path: `/nacos/v1/cs/configs`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  /** The status sent; undefined while unanswered, and for good when a fault swallowed or reset the request. */
  status: number | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface RequestFilter {
  readonly path?: PathPattern;
  /** Upper case: `GET`. */
  readonly method?: string;
}

/** Heartbeats of a platform left running for days must not fill the memory. */
const KEPT = 50_000;

/** Every request that reached the server, faulted ones included; the newest 50,000 are kept. */
export class RequestLog {
  readonly #entries: LoggedRequest[] = [];

  add(entry: LoggedRequest): void {
    if (this.#entries.length >= KEPT) this.#entries.splice(0, KEPT / 10);
    this.#entries.push(entry);
  }

  /** How many of the kept requests meet the filter. */
  count(filter: RequestFilter = {}): number {
    return this.list(filter).length;
  }

  /** The kept requests that meet the filter, oldest first. */
  list({ path, method }: RequestFilter = {}): readonly LoggedRequest[] {
    return this.#entries.filter(
      (entry) =>
        (path === undefined || matchesPath(entry.path, path)) && (method === undefined || entry.method === method),
    );
  }

  clear(): void {
    this.#entries.length = 0;
  }
}
