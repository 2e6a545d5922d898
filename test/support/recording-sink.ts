import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { listenOnLoopback } from '../../tools/stack/free-port.ts';

export interface RecordedRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly httpVersion: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** `reset` breaks the connection without an answer, `hang` never answers, `cut` ends in the middle of its body. */
export type SinkAnswer = HttpSinkAnswer | 'reset' | 'hang' | 'cut';

export interface HttpSinkAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

export interface RecordingSink {
  /** With the path `/` left out, as a Knative address has it. */
  readonly url: string;
  readonly requests: RecordedRequest[];
}

/** For tests: a real HTTP server that answers request n (from 0) as told, until the test is over. */
export async function startSink(answer: (n: number) => SinkAnswer): Promise<RecordingSink> {
  const requests: RecordedRequest[] = [];
  const server = createServer(async (request, response) => {
    const { method, url, httpVersion, rawHeaders } = request;
    const body = await text(request);
    const said = answer(requests.length);
    requests.push({ method, url, httpVersion, rawHeaders, body });
    if (said === 'reset') request.socket.destroy();
    else if (said === 'cut') {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => request.socket.destroy());
    } else if (said !== 'hang') response.writeHead(said.status, said.headers).end(said.body);
  });
  const port = await listenOnLoopback(server);
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${port}`, requests };
}
