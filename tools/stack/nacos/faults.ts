import { containerError, type NacosAnswer } from './http.ts';
import { matchesPath, type PathPattern } from './request-log.ts';
import { apiGone } from './versions.ts';

const plainFaults = [
  /** The port refuses connections and those that are open break; takes no options. */
  'down',
  /** No answer, until the client gives up or the server closes. */
  'hang',
  /** The right status, headers and Content-Length, half of the body, and the connection ends. */
  'half-body',
  /** The connection is reset (TCP RST) without an answer. */
  'reset',
  '401',
  '403',
  /** 404 as an unknown path gets it: the API is not there, which says nothing about the document. */
  'api-absent',
  '410',
  '500',
  /** A proxy's HTML page. */
  '502',
  /** 200 with bytes that are neither UTF-8 nor JSON. */
  'garbage',
  /** Instance lists have no hosts; other requests are not touched. */
  'empty-list',
  /** Instance lists have every enabled host, each unhealthy; other requests are not touched. */
  'all-unhealthy',
  /** The naming part is DOWN: v1 naming answers 503, readiness says so, and the v3 lists go on; other requests are not touched. */
  'naming-down',
] as const;

export type PlainFault = (typeof plainFaults)[number];

/**
 * What can go wrong on purpose. `slow` answers properly after so many milliseconds; `late` answers a publication or a
 * registration at once and makes it visible after so many, as real servers do; other requests are not touched.
 */
export type Fault = PlainFault | { readonly slow: number } | { readonly late: number };

export interface FaultOptions {
  /** Only requests that meet all of these; every request when missing. */
  readonly match?: { readonly path?: PathPattern; readonly dataId?: string };
  /** How many requests it hits before it clears itself; no end when missing. */
  readonly times?: number;
}

/** The server's port, as the fault `down` needs it. */
export interface Port {
  open(): Promise<void>;
  shut(): Promise<void>;
}

/** The one fault in force, if any. */
export class Faults {
  readonly #port: Port;
  #active: { readonly fault: Fault; readonly options: FaultOptions; left: number } | undefined;
  #portChange: Promise<void> = Promise.resolve();

  constructor(port: Port) {
    this.#port = port;
  }

  /** Replaces the fault in force, at once; undefined clears it. The promise resolves when the port has followed, which only `down` needs. */
  set(fault: Fault | undefined, options: FaultOptions = {}): Promise<void> {
    if (fault === 'down' && (options.match !== undefined || options.times !== undefined)) {
      throw new TypeError('fault "down": expected no options, since a closed port sees no request; got match or times');
    }
    this.#active = fault === undefined ? undefined : { fault, options, left: options.times ?? Infinity };
    const change = this.#portChange.then(() => (fault === 'down' ? this.#port.shut() : this.#port.open()));
    this.#portChange = change.catch(() => undefined);
    return change;
  }

  /** The same as `set(undefined)`; listens again on the same port after `down`. */
  clear(): Promise<void> {
    return this.set(undefined);
  }

  /** The fault that this request is to meet; counts it. */
  take({ method, path }: { method: string; path: string }, dataId: string | undefined): Fault | undefined {
    const active = this.#active;
    if (active === undefined || active.left <= 0) return undefined;
    const { fault, options } = active;
    if (!concerns(fault, method, path)) return undefined;
    if (options.match?.path !== undefined && !matchesPath(path, options.match.path)) return undefined;
    if (options.match?.dataId !== undefined && options.match.dataId !== dataId) return undefined;
    active.left -= 1;
    return fault;
  }
}

const LIST = /\/ns\/instance\/list$/;
const NAMING = /^\/nacos\/v1\/ns\/|\/readiness$/;
const CHANGE = /\/(?:cs\/configs?|ns\/instance)$/;

/** Whether a fault that touches some requests only touches this one. */
function concerns(fault: Fault, method: string, path: string): boolean {
  if (fault === 'empty-list' || fault === 'all-unhealthy') return LIST.test(path);
  if (fault === 'naming-down') return NAMING.test(path);
  return typeof fault === 'string' || 'slow' in fault || (method !== 'GET' && CHANGE.test(path));
}

/** Undefined where the fault is no answer of its own: it lies in the connection or in the list that the route gives. */
const answers: Readonly<Record<PlainFault, ((path: string) => NacosAnswer) | undefined>> = {
  down: undefined,
  hang: undefined,
  'half-body': undefined,
  reset: undefined,
  '401': (path) => containerError(401, 'Unauthorized', path),
  '403': (path) => containerError(403, 'authorization failed!', path),
  'api-absent': (path) => containerError(404, 'No message available', path),
  '410': (path) => apiGone(path, 'client', 'GET /v3/client/cs/config'),
  '500': (path) => containerError(500, 'Server failed, scripted fault', path),
  '502': () => ({
    status: 502,
    headers: { 'Content-Type': 'text/html' },
    body: '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n',
  }),
  garbage: () => ({
    status: 200,
    headers: { 'Content-Type': 'application/json;charset=UTF-8' },
    body: Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x22, 0xc3, 0x28, 0x5b, 0x80, 0x3a, 0x09]),
  }),
  'empty-list': undefined,
  'all-unhealthy': undefined,
  'naming-down': undefined,
};

/** The answer that a fault gives in place of the real one; undefined when it gives none. */
export function answerFault(fault: Fault | undefined, path: string): NacosAnswer | undefined {
  return typeof fault === 'string' ? answers[fault]?.(path) : undefined;
}
