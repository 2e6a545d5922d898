import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describeListener } from '../free-port.ts';
import { Auth, type AuthOptions } from './auth.ts';
import { commonRoutes } from './common-routes.ts';
import { ConfigStore } from './config-store.ts';
import { answerFault, Faults, type Fault } from './faults.ts';
import type { ConnectionTimeouts } from './grpc/connections.ts';
import type { GrpcPort } from './grpc/server.ts';
import {
  containerError,
  readParameters,
  type NacosAnswer,
  type CompatibilitySwitch,
  type NacosRequest,
} from './http.ts';
import type { InstanceTimeouts } from './instances.ts';
import { listen, type ListeningPort } from './listening-port.ts';
import { RequestLog, type LoggedRequest } from './request-log.ts';
import { createRouter } from './router.ts';
import { ServiceRegistry } from './services.ts';
import { v1ConfigRoutes } from './v1-config-routes.ts';
import { v1NamingRoutes } from './v1-naming-routes.ts';
import { v3Routes } from './v3-routes.ts';
import { versionRules, type Api, type NacosVersion } from './versions.ts';

export interface NacosServerOptions {
  /** 0, any free one, when missing. */
  readonly port?: number;
  /** 127.0.0.1 when missing. */
  readonly host?: string;
  /** The server whose answers are given, down to their words; 3.0.3, which speaks all APIs, when missing. */
  readonly version?: NacosVersion;
  /** Fewer APIs than the version speaks; what is not served answers as an unknown path does. v1 alone is 2.5.1. */
  readonly apis?: readonly Api[];
  /** The v1 API for clients answers 410: `nacos.core.api.compatibility.client.enabled=false` of 3.x. */
  readonly v1Gone?: boolean;
  /** What else 3.x answers of older APIs; nothing when missing. */
  readonly compatibility?: Readonly<Partial<Record<Exclude<CompatibilitySwitch, 'client'>, boolean>>>;
  /** Auth is off when missing. */
  readonly auth?: AuthOptions;
  /** PEM; plain HTTP when missing. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** 15 s and 30 s, as in nacos, when missing. */
  readonly instanceTimeouts?: InstanceTimeouts;
  /** Serves the gRPC protocol of 2.x and 3.x too, on the HTTP port + 1000, where its clients expect it. */
  readonly grpc?: boolean;
  /** When a gRPC connection counts as dead; 20 s and 5 s when missing. */
  readonly connectionTimeouts?: ConnectionTimeouts;
  /** Called with what clients ask over gRPC that is not served, a line a type. */
  readonly warn?: (line: string) => void;
}

export interface NacosServer {
  readonly port: number;
  /** `host:port`, an IPv6 host in brackets: what `NACOS_SERVER_ADDR` takes. */
  readonly address: string;
  /** With scheme, without the context path `/nacos`. */
  readonly url: string;
  readonly configs: ConfigStore;
  readonly services: ServiceRegistry;
  readonly faults: Faults;
  readonly requests: RequestLog;
  /** Every token issued so far is refused from now on, with 403 `token expired!`. */
  expireTokens(): void;
  /** Asks the gRPC clients to reconnect, as a server does that is about to end. */
  resetConnections(): void;
  /** Breaks the open connections, long polls included. */
  close(): Promise<void>;
}

/** A server that speaks the HTTP APIs of nacos from memory, and its gRPC protocol where asked, so that curl, its SDKs and our own client cannot tell the difference. */
export async function startNacosServer(options: NacosServerOptions = {}): Promise<NacosServer> {
  const configs = new ConfigStore();
  const services = new ServiceRegistry(options.instanceTimeouts ?? { unhealthyMs: 15_000, removedMs: 30_000 });
  const requests = new RequestLog();
  const auth = new Auth(options.auth);
  const rules = versionRules[options.version ?? (options.apis?.includes('v3') === false ? '2.5.1' : '3.0.3')];
  const route = createRouter({
    routes: {
      ...commonRoutes(auth, rules, { configs, services }),
      ...v1ConfigRoutes(configs, rules),
      ...v1NamingRoutes(services, rules),
      ...v3Routes(configs, services),
    },
    auth,
    apis: rules.apis.filter((api) => options.apis?.includes(api) ?? true),
    compatibility: { client: options.v1Gone !== true, console: false, admin: false, ...options.compatibility },
    rules,
  });

  const host = options.host ?? '127.0.0.1';
  const serve: RequestListener = (request, response) => {
    const entry = logEntry(request);
    requests.add(entry);
    answer(request, response, entry).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) return;
      send(response, containerError(500, String(error), entry.path), entry);
    });
  };
  const openHttp = (number: number): Promise<ListeningPort> => listen({ host, port: number, tls: options.tls }, serve);
  const openGrpc = async (number: number): Promise<GrpcPort> => {
    const { listenGrpc } = await import('./grpc/server.ts'); // most servers do without
    await (await listen({ host, port: number }, () => {})).close(); // grpc-js would log a taken port, and not say that it is taken
    const timeouts = options.connectionTimeouts ?? { silentMs: 20_000, detectionMs: 5000 };
    const { tls, warn = () => {} } = options;
    return listenGrpc({ host, port: number, tls, auth, rules, configs, services, timeouts, warn });
  };
  const { port, grpc } = await openPorts(options.port ?? 0, openHttp, options.grpc === true ? openGrpc : undefined);
  const faults = new Faults({
    open: async () => {
      await port.open();
      await grpc?.open();
    },
    shut: async () => {
      await grpc?.shut();
      await port.shut();
    },
  });

  async function answer(request: IncomingMessage, response: ServerResponse, entry: LoggedRequest): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const { method, path, query, headers } = entry;
    const parameters = await readParameters(request, new URLSearchParams(query));
    const fault = faults.take(entry, parameters.optional('dataId'));
    if (fault === 'hang') return;
    if (fault === 'reset') return port.reset(request);
    if (typeof fault === 'object' && 'slow' in fault) await delay(fault.slow, undefined, { signal: gone.signal });
    const scripted = answerFault(fault, path);
    const real = { method, path, headers, parameters, ...describeFault(fault), signal: gone.signal };
    send(response, scripted ?? (await route(real)), entry, fault === 'half-body');
  }

  const address = `${isIPv6(host) ? `[${host}]` : host}:${port.number}`;
  return {
    port: port.number,
    address,
    url: `${options.tls ? 'https' : 'http'}://${address}`,
    configs,
    services,
    faults,
    requests,
    expireTokens: () => auth.expireTokens(),
    resetConnections: () => grpc?.resetConnections(),
    close: async () => {
      await grpc?.close();
      await port.close();
    },
  };
}

/** From the HTTP port to that of gRPC, where every client of 2.x and 3.x looks for it. */
export const GRPC_OFFSET = 1000;
const ATTEMPTS = 20;

/** Opens the HTTP port and that of gRPC beside it; a free pair is looked for where the first may be any. */
async function openPorts(
  wanted: number,
  openHttp: (number: number) => Promise<ListeningPort>,
  openGrpc: ((number: number) => Promise<GrpcPort>) | undefined,
): Promise<{ port: ListeningPort; grpc?: GrpcPort }> {
  if (openGrpc === undefined) return { port: await openHttp(wanted) };
  for (let attempt = 1; ; attempt++) {
    const port = await openHttp(wanted).catch((error: unknown) => explainTaken(error, wanted, 'HTTP'));
    try {
      return { port, grpc: await openGrpc(port.number + GRPC_OFFSET) };
    } catch (error) {
      await port.close();
      if (wanted === 0 && attempt < ATTEMPTS) continue;
      return explainTaken(error, port.number + GRPC_OFFSET, 'gRPC, which clients expect on the HTTP port + 1000');
    }
  }
}

async function explainTaken(cause: unknown, port: number, use: string): Promise<never> {
  if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
  const listener = await describeListener(port);
  throw new Error(`port ${port}: expected it free for Nacos over ${use}; it is held by ${listener}`, { cause });
}

/** What a fault changes of a request that gets its real answer. */
function describeFault(fault: Fault | undefined): Pick<NacosRequest, 'listFault' | 'isNamingDown' | 'apply'> {
  const lateMs = typeof fault === 'object' && 'late' in fault ? fault.late : 0;
  return {
    listFault: fault === 'empty-list' || fault === 'all-unhealthy' ? fault : undefined,
    isNamingDown: fault === 'naming-down',
    apply: (change) => void (lateMs === 0 ? change() : setTimeout(change, lateMs).unref()),
  };
}

function logEntry(request: IncomingMessage): LoggedRequest {
  const [path = '', ...query] = (request.url ?? '').split('?');
  return {
    method: request.method ?? '',
    path,
    query: Object.fromEntries(new URLSearchParams(query.join('?'))),
    headers: request.headers,
    status: undefined,
    at: Date.now(),
  };
}

function send(
  response: ServerResponse,
  { status, headers, body }: NacosAnswer,
  entry: LoggedRequest,
  half = false,
): void {
  if (response.destroyed) return;
  const bytes = Buffer.from(body);
  entry.status = status;
  response.writeHead(status, { ...headers, 'Content-Length': bytes.length });
  if (half) response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  else response.end(bytes);
}
