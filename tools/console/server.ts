import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as v from 'valibot';
import { BackfillRunner } from '../backfill/runner.ts';
import { PlanError } from '../backfill/plan.ts';
import type { LocalCluster } from '../dev/local-cluster.ts';
import { API, ApiError, type ApiTools } from './api.ts';
import { buildAssets, type Asset } from './assets.ts';
import { Feed } from './feed.ts';
import { pathOf, refuseForeign, SECURITY_HEADERS } from './guard.ts';
import { listenOnLoopback } from '../stack/free-port.ts';

export interface ConsoleServer {
  readonly url: string;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 256 * 1024;
const PORTS_TRIED = 9; // browsers refuse 4190 (sieve), the tenth after the usual port

/** Serves the console on the loopback, at `port` or the next free one; port 0 is any. It is for this machine's user only. */
export async function startConsole(cluster: LocalCluster, port: number): Promise<ConsoleServer> {
  const backfills = new BackfillRunner(() => feed.backfillsChanged());
  const feed = new Feed(cluster, backfills);
  const assets = await buildAssets();
  const server = createServer((request, response) => {
    void answer(request, response, { cluster, backfills, feed, assets, port: bound });
  });
  let bound = 0;
  for (let tried = port; ; tried += 1) {
    try {
      bound = await listenOnLoopback(server, tried);
      break;
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isTaken || tried >= port + PORTS_TRIED) throw error;
    }
  }
  return {
    url: `http://127.0.0.1:${bound}/`,
    close: async () => {
      feed.close();
      await backfills.close();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

interface Tools extends ApiTools {
  readonly feed: Feed;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly port: number;
}

async function answer(request: IncomingMessage, response: ServerResponse, tools: Tools): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  const refusal = refuseForeign(request, tools.port);
  if (refusal !== undefined) return send(response, refusal.status, { message: refusal.message });
  const pathname = pathOf(request);
  const asset = tools.assets.get(pathname);
  if (asset !== undefined && request.method === 'GET') {
    response.writeHead(200, { 'content-type': asset.contentType }).end(asset.body);
    return;
  }
  if (pathname === '/api/feed' && request.method === 'GET') return tools.feed.connect(response);
  try {
    send(response, 200, await callApi(request, pathname, tools));
  } catch (error) {
    const status = error instanceof ApiError ? error.status : isExpected(error) ? 400 : 500;
    send(response, status, { message: describe(error) });
  }
}

async function callApi(request: IncomingMessage, pathname: string, tools: Tools): Promise<unknown> {
  for (const [method, path, handler] of API) {
    const pattern = new RegExp(`^${path.replaceAll('*', '([^/]+)')}$`);
    const match = method === request.method ? pattern.exec(pathname) : null;
    if (match === null) continue;
    const body: unknown = method === 'GET' ? undefined : JSON.parse(await readBody(request));
    return (await handler(tools, match.slice(1).map(decodeURIComponent), body, request.headers['if-match'])) ?? {};
  }
  throw new ApiError(404, `${request.method} ${pathname}: expected a path of the console, got another`);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new ApiError(400, `body: expected at most ${MAX_BODY_BYTES} bytes, got more`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** What the parts throw for a request that cannot be carried out. */
function isExpected(error: unknown): boolean {
  return (
    error instanceof RangeError ||
    error instanceof PlanError ||
    error instanceof SyntaxError ||
    error instanceof URIError ||
    v.isValiError(error)
  );
}

function describe(error: unknown): string {
  if (!v.isValiError(error)) return error instanceof Error ? error.message : String(error);
  return error.issues.map((issue) => `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`).join('; ');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
