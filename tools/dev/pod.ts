import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { startFunction } from '../stack/function-process.ts';
import type { PostResult } from '../stack/post.ts';

/** One process of a function, from its start to its end. */
export interface Pod {
  readonly pid: number;
  readonly url: string;
  /** What it has written that is no log line: why it ended, when it should not have. */
  output(): string;
  /** SIGTERM, and waits until it has finished what it does. */
  drain(): Promise<void>;
  readonly ended: Promise<unknown>;
}

export interface PodOptions {
  readonly task: string;
  readonly env: Readonly<Record<string, string>>;
  readonly appDir: string;
  readonly root: string;
  readonly onLine: (line: Record<string, unknown>) => void;
}

/** Starts a process of the bundle as the image does; resolves when its port is open. Each log line is reported once. */
export async function startPod(options: PodOptions): Promise<Pod> {
  const fn = await startFunction({ ...options, host: 'image' });
  return {
    pid: fn.pid,
    url: fn.url,
    ended: fn.ended,
    output: () =>
      fn
        .output()
        .split('\n')
        .filter((line) => !line.startsWith('{'))
        .join('\n')
        .trim(),
    drain: async () => {
      await fn.stop();
    },
  };
}

export interface PassOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** The process is there, the request goes to it now. */
  readonly onReady: () => void;
}

const DRAIN_MS = 30_000; // queue-proxy's wait-for-drain: SIGTERM comes once no new request has come for so long

/** A process, from the moment that it is needed, and the requests that wait for it. */
export class PodScaler {
  readonly pod: Promise<Pod>;
  readonly #passing = new Set<Promise<unknown>>();

  constructor(pod: Promise<Pod>) {
    this.pod = pod;
  }

  /** Holds the request until the process is up, and gives it the request: 503 when none could be started. */
  async pass(held: HeldRequest, options: PassOptions): Promise<Forwarded> {
    const passing = this.#pass(held, options);
    this.#passing.add(passing);
    try {
      return await passing;
    } finally {
      this.#passing.delete(passing);
    }
  }

  /** Lets those who wait have their answers, then ends the process. Never rejects. */
  async drain(): Promise<void> {
    try {
      const pod = await this.pod;
      await Promise.race([Promise.allSettled(this.#passing), once(AbortSignal.timeout(DRAIN_MS), 'abort')]);
      await pod.drain();
    } catch {
      // the process never started: nothing to end
    }
  }

  async #pass(held: HeldRequest, { timeoutMs, signal, onReady }: PassOptions): Promise<Forwarded> {
    let pod: Pod;
    try {
      pod = await this.pod;
    } catch (error) {
      const body = `${error instanceof Error ? error.message : String(error)}\n`;
      return { status: 503, body, rawHeaders: ['Content-Type', 'text/plain; charset=utf-8'], durationMs: 0 };
    }
    onReady();
    return forward(held, pod.url, { timeoutMs, signal });
  }
}

/** A request that the activator holds until a pod is ready. */
export interface HeldRequest {
  readonly method: string;
  readonly path: string;
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

export interface Forwarded extends Pick<PostResult, 'body' | 'durationMs'> {
  readonly status: number;
  readonly rawHeaders: readonly string[];
}

/**
 * Gives the request to the process, header lines as they came. What Knative's queue-proxy answers for the process is
 * answered here: 502 when its connection breaks, 504 after `timeoutMs`. Rejects only when `signal` aborts.
 */
async function forward(
  held: HeldRequest,
  to: string,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<Forwarded> {
  const startedAt = performance.now();
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const answered = (status: number, body: string, rawHeaders: readonly string[]): Forwarded => ({
    status,
    body,
    rawHeaders,
    durationMs: performance.now() - startedAt,
  });
  try {
    const response = await send(held, new URL(held.path, to), AbortSignal.any([timeout, options.signal]));
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    return answered(response.statusCode ?? 502, Buffer.concat(chunks).toString(), response.rawHeaders);
  } catch (error) {
    if (options.signal.aborted) throw error;
    const plain = ['Content-Type', 'text/plain; charset=utf-8'];
    if (timeout.aborted) return answered(504, 'request timeout\n', plain);
    return answered(502, `${error instanceof Error ? error.message : String(error)}\n`, plain);
  }
}

function send({ method, rawHeaders, body }: HeldRequest, url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, agent: false, setHost: false, headers: rawHeaders, signal });
    request.once('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}
