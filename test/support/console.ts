import { LocalCluster } from '../../tools/dev/local-cluster.ts';
import { startConsole, type ConsoleServer } from '../../tools/console/server.ts';
import type { ConsoleState } from '../../tools/console/state.ts';

/** A console on a cluster of its own, and what its page asks of it; at 13:44 in Shanghai, in real speed. */
export class TestConsole {
  readonly cluster = new LocalCluster({ speed: 1, at: new Date('2026-11-22T05:44:00Z') });
  #server: ConsoleServer | undefined;

  get url(): string {
    return this.#server?.url ?? '';
  }

  async start(): Promise<void> {
    await this.cluster.start();
    await this.serve();
  }

  /** Starts the server, at the port that it had before. */
  async serve(): Promise<void> {
    this.#server = await startConsole(this.cluster, Number(new URL(this.url || 'http://any:0').port));
  }

  async stopServing(): Promise<void> {
    await this.#server?.close();
  }

  async close(): Promise<void> {
    await this.stopServing();
    await this.cluster.close();
  }

  get(path: string): Promise<Response> {
    return fetch(new URL(path, this.url));
  }

  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(new URL(path, this.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-bi-cron-console': '1', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** What the feed tells a page that connects. */
  async state(): Promise<ConsoleState> {
    const stop = new AbortController();
    const response = await fetch(new URL('/api/feed', this.url), { signal: stop.signal });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes('\n\n')) break;
    }
    stop.abort();
    return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '') as ConsoleState; // the server under test
  }
}

export async function answerOf<Body>(response: Promise<Response>): Promise<Body> {
  return (await response).json() as Promise<Body>; // the server under test
}
