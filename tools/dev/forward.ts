import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { PostResult } from '../stack/post.ts';

/** A request that the activator holds until there is somebody to give it to. */
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
export async function forward(
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
