import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { PodScaler, type Forwarded, type HeldRequest, type Pod } from './pod.ts';
import { readSeenEvent, type SeenEvent } from './read-event.ts';
import { listenOnLoopback } from '../stack/free-port.ts';

/** `cold`: a process is starting; `draining`: it got SIGTERM and finishes what it does. */
export type PodState = 'zero' | 'cold' | 'running' | 'draining';

/** One request on its way through an activator. Times are real, in ms since the epoch. */
export interface ProxiedRequest {
  readonly event: SeenEvent;
  readonly arrivedAt: number;
  /** When the process was there to take it; later than `arrivedAt` on a cold start. */
  forwardedAt?: number;
  answeredAt?: number;
  /** Undefined while under way, and when the caller hung up. */
  status?: number;
  body?: string;
}

export interface ActivatorOptions {
  readonly startPod: (onLine: (line: Record<string, unknown>) => void) => Promise<Pod>;
  /** How long a process without requests lives. */
  readonly idleMs: number;
  readonly timeoutMs: () => number;
  readonly onState: (state: PodState) => void;
  /** At the arrival, when it is forwarded, and when it is answered. */
  readonly onProxiedRequest: (proxied: ProxiedRequest) => void;
  readonly onLine: (line: Record<string, unknown>) => void;
}

/**
 * What stands before a function: takes requests on a port of its own, starts a process when there is none, holds the
 * requests until its port is open, and ends it when it was idle for a while, as Knative's activator and autoscaler do.
 */
export class Activator {
  readonly #options: ActivatorOptions;
  readonly #server: Server;
  readonly #held = new Set<AbortController>();
  readonly #draining = new Set<Promise<void>>();
  #scaler: PodScaler | undefined;
  #isReady = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: ActivatorOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  /** Opens the port; resolves to the URL that a PingSource's sink would be. */
  async listen(): Promise<string> {
    return `http://127.0.0.1:${await listenOnLoopback(this.#server)}/`;
  }

  get state(): PodState {
    if (this.#scaler !== undefined) return this.#isReady ? 'running' : 'cold';
    return this.#draining.size > 0 ? 'draining' : 'zero';
  }

  get inFlight(): number {
    return this.#held.size;
  }

  /** Ends the process in its own time; the next request starts another. A new build takes effect this way. */
  replacePod(): void {
    void this.#scaleToZero();
  }

  /** Hangs up on everybody, ends the process and closes the port. */
  async close(): Promise<void> {
    for (const caller of this.#held) caller.abort();
    this.#server.close();
    this.#server.closeAllConnections();
    await this.#scaleToZero();
    await Promise.all(this.#draining);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const caller = new AbortController();
    response.once('close', () => caller.abort());
    this.#held.add(caller);
    clearTimeout(this.#idle);
    let proxied: ProxiedRequest | undefined;
    try {
      const { method = 'GET', url = '/', rawHeaders } = request;
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const held = { method, path: url, rawHeaders, body: Buffer.concat(chunks) };
      proxied = { event: readSeenEvent(rawHeaders, held.body), arrivedAt: Date.now() };
      this.#options.onProxiedRequest(proxied);
      const { status, body, rawHeaders: headers } = await this.#pass(held, proxied, caller.signal);
      response.writeHead(status, [...headers]).end(body);
      Object.assign(proxied, { answeredAt: Date.now(), status, body });
      this.#options.onProxiedRequest(proxied);
    } catch {
      response.destroy(); // the caller has gone
      if (proxied !== undefined) this.#options.onProxiedRequest(Object.assign(proxied, { answeredAt: Date.now() }));
    } finally {
      this.#held.delete(caller);
      this.#rest();
    }
  }

  #pass(held: HeldRequest, proxied: ProxiedRequest, signal: AbortSignal): Promise<Forwarded> {
    const scaler = (this.#scaler ??= this.#open());
    return scaler.pass(held, {
      timeoutMs: this.#options.timeoutMs(),
      signal,
      onReady: () => {
        proxied.forwardedAt = Date.now(); // oxlint-disable-line no-param-reassign -- a request is the record of its own progress
        this.#options.onProxiedRequest(proxied);
      },
    });
  }

  #open(): PodScaler {
    this.#isReady = false;
    const scaler = new PodScaler(this.#options.startPod(this.#options.onLine));
    queueMicrotask(() => this.#report());
    void this.#watch(scaler);
    return scaler;
  }

  /** A process that ended by itself, killed or crashed, or that could not be started, is replaced by the next request. */
  async #watch(scaler: PodScaler): Promise<void> {
    try {
      const pod = await scaler.pod;
      if (this.#scaler === scaler) this.#isReady = true;
      this.#report();
      await pod.ended;
    } catch {
      // waiting requests get the reason
    }
    if (this.#scaler === scaler) this.#scaler = undefined;
    this.#report();
  }

  #rest(): void {
    this.#report();
    if (this.#held.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.#scaleToZero(), this.#options.idleMs).unref();
  }

  async #scaleToZero(): Promise<void> {
    clearTimeout(this.#idle);
    const scaler = this.#scaler;
    if (scaler === undefined) return;
    this.#scaler = undefined;
    const drained = scaler.drain();
    this.#draining.add(drained);
    this.#report();
    await drained;
    this.#draining.delete(drained);
    this.#report();
  }

  #report(): void {
    this.#options.onState(this.state);
  }
}
