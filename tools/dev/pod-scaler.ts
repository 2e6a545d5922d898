import { once } from 'node:events';
import { forward, type Forwarded, type HeldRequest } from './forward.ts';
import type { Pod } from './pod.ts';

export interface PassOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** The process is there, the request goes to it now. */
  readonly onReady: () => void;
}

const DRAIN_MS = 30_000; // queue-proxy's wait-for-drain: SIGTERM comes once no new request has come for so long

/** A process, from the moment that it is wanted, and those who wait for its answers. */
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
