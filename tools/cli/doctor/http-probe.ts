import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { NacosSettings } from '../../../functions/runtime/env.ts';

/** An answer with what the runtime's own client does not keep: headers, and when it came. */
export interface Probed {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Half way between request and answer, milliseconds since the epoch. */
  readonly atMs: number;
}

const PROBE_MS = 5000;

/** One GET, without a second try. Rejects with Node's own error, or a TimeoutError after 5 s. */
export function probe(url: URL, { caFile }: NacosSettings, token?: string): Promise<Probed> {
  const signal = AbortSignal.timeout(PROBE_MS);
  const startedAt = Date.now();
  const transport = url.protocol === 'https:' ? https : http;
  const options: https.RequestOptions = {
    agent: false,
    signal,
    headers: { 'user-agent': 'bi-cron-doctor', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject((signal.aborted ? signal.reason : error) as Error); // AbortSignal.timeout gives a DOMException, which is an Error
    const request = transport.get(url, options, (response) => {
      const atMs = (startedAt + Date.now()) / 2;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', fail);
      response.once('end', () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, body: Buffer.concat(chunks).toString('utf8'), atMs });
      });
    });
    request.once('error', fail);
  });
}
