import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Backend, BackendOptions } from './backend.ts';
import { CallLog } from './call-log.ts';
import { BackendFaults } from './faults.ts';
import { addHealth } from './health.ts';
import { loadService } from './proto.ts';
import { registerBackend, type Registration } from './registration.ts';
import { handleUnary, RunMemory, withPadding, type Work } from './unary.ts';
import { once } from 'node:events';
import net from 'node:net';

/** How long peers that got GOAWAY, and unfinished TLS handshakes, may keep a stopping backend once no call is pending. */
const CLOSE_GRACE_MS = 500;

/** What makes one backend differ from another. */
export interface BackendSpec {
  /** The name under which Nacos knows it. */
  name: string;
  /** The timeout that callers are advised to use, as in `30s`. */
  timeout: string;
  services: readonly {
    protoFile: string;
    /** The full name, as in `bi.leke.v1.OrderService`. */
    service: string;
    /** The work of each method by its bare name; a method without an entry answers an empty reply. */
    works: Readonly<Record<string, Work>>;
    includeDirs?: string[];
  }[];
}

/** Starts a backend of unary methods; resolves when it listens. */
export async function startBackend(spec: BackendSpec, options: BackendOptions = {}): Promise<Backend> {
  const { port = 0, host = '127.0.0.1', latencyMs = 0, tls, more = [] } = options;
  const services = new Map<string, BackendSpec['services'][number]>();
  for (const { protoFile, service } of more) services.set(service, { protoFile, service, works: {} });
  for (const own of spec.services) services.set(own.service, own);
  const stopping = new AbortController();
  const killed = new AbortController();
  const calls = new CallLog();
  const faults = new BackendFaults();
  let workDone = 0;
  let registrations: Registration[] = [];

  const server = new Server();
  const unaryHost = {
    calls,
    faults,
    latencyMs,
    memory: new RunMemory<object>(),
    stopping: stopping.signal,
    killed: killed.signal,
    workDone: () => void (workDone += 1),
    reset: (peer: string) => listener.reset(peer),
  };
  for (const { protoFile, service, works, includeDirs } of services.values()) {
    const methods = Object.entries(loadService(protoFile, service, includeDirs));
    const handlers: UntypedServiceImplementation = {};
    for (const [method, { requestStream, responseStream }] of methods) {
      if (requestStream || responseStream) throw new Error(`${service}/${method}: only unary methods are simulated`);
      handlers[method] = handleUnary(unaryHost, method, works[method] ?? (() => ({})));
    }
    server.addService(Object.fromEntries(methods.map(([name, method]) => [name, withPadding(method)])), handlers);
  }
  const endHealth = addHealth(server, [...services.keys()]);
  const listener = await listen(server, serverCredentials(tls), host, port);

  const deregister = async (): Promise<void> => {
    const left = registrations;
    registrations = [];
    await Promise.all(left.map((registration) => registration.deregister()));
  };

  return {
    name: spec.name,
    port: listener.port,
    address: `${isIPv6(host) ? `[${host}]` : host}:${listener.port}`,
    calls,
    faults,
    get workDone() {
      return workDone;
    },
    async register(nacos, options = {}) {
      const {
        service = spec.name,
        group = 'DEFAULT_GROUP',
        weight = 1,
        metadata = {},
        onError = () => undefined,
      } = options;
      const security = securityOf(tls);
      const instance = { service, group, ip: host, port: listener.port, weight, metadata };
      const backend = { name: spec.name, ...instance, security, timeout: spec.timeout } as const;
      registrations.push(await registerBackend(nacos, backend, onError));
    },
    deregister,
    async stop() {
      // a Nacos that has gone drops the instance itself, 30 s after the last heartbeat: no reason to stay
      await deregister().catch(() => undefined);
      const closed = listener.close();
      endHealth();
      stopping.abort();
      // sends GOAWAY; its callback says nothing under Node 24, whose http2 marks the sessions closed before grpc-js waits for them
      server.tryShutdown(() => undefined);
      await Promise.race([closed, calls.idle().then(() => sleep(CLOSE_GRACE_MS, undefined, { ref: false }))]);
      listener.kill();
      await closed;
      // work whose caller has long gone must not outlive the backend
      killed.abort();
    },
    kill() {
      for (const registration of registrations) registration.abandon();
      registrations = [];
      killed.abort();
      listener.kill();
      stopping.abort();
      server.forceShutdown();
    },
  };
}

function serverCredentials(tls: BackendOptions['tls']): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const clientCa = tls.clientCa === undefined ? null : Buffer.from(tls.clientCa);
  const pair = { cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) };
  return ServerCredentials.createSsl(clientCa, [pair], clientCa !== null);
}

function securityOf(tls: BackendOptions['tls']): 'plaintext' | 'tls' | 'mtls' {
  if (tls === undefined) return 'plaintext';
  return tls.clientCa === undefined ? 'tls' : 'mtls';
}

export interface GenericOptions extends BackendOptions {
  /** The .proto file, relative to `protos/` (or to one of `includeDirs`) or absolute. */
  protoFile: string;
  /** The full name of the service, as in `bi.leke.v1.OrderService`. */
  service: string;
  /** The reply of a method by its bare name; an empty reply without an entry. A thrown Rejection is answered as its status. */
  handlers?: Readonly<Record<string, Work<Record<string, unknown>>>>;
  /** The backend's name in Nacos; the service's full name by default. */
  name?: string;
  includeDirs?: string[];
}

/** Starts a backend for any service of unary methods, with the call log, dedupe and faults of the two real ones. */
export function startGeneric(options: GenericOptions): Promise<Backend> {
  const { protoFile, service, handlers = {}, name = service, includeDirs } = options;
  return startBackend(
    { name, timeout: '10s', services: [{ protoFile, service, works: handlers, ...(includeDirs && { includeDirs }) }] },
    options,
  );
}

/** The port of a gRPC server, with access to its sockets: grpc-js itself offers no way to reset one. */
export interface Listener {
  readonly port: number;
  /** Resets the connection of a peer as `call.getPeer()` names it; false when it has gone already. */
  reset(peer: string): boolean;
  /** Takes no further connection; resolves when the last one has closed. */
  close(): Promise<void>;
  /** Takes no further connection and resets all. */
  kill(): void;
}

/** Listens on `host:port` (0: any free port) and hands each connection to the gRPC server. */
export async function listen(
  server: Server,
  credentials: ServerCredentials,
  host: string,
  port: number,
): Promise<Listener> {
  const injector = server.createConnectionInjector(credentials);
  const sockets = new Map<string, net.Socket>();
  const tcp = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.set(peer, socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(peer));
    injector.injectConnection(socket);
  });
  tcp.listen(port, host);
  await once(tcp, 'listening');
  const address = tcp.address();
  if (address === null || typeof address === 'string') throw new Error(`no TCP address: ${JSON.stringify(address)}`);

  return {
    port: address.port,
    reset: (peer) => sockets.get(peer)?.resetAndDestroy() !== undefined,
    close: () => new Promise((resolve) => tcp.close(() => resolve())),
    kill() {
      tcp.close();
      for (const socket of sockets.values()) socket.resetAndDestroy();
    },
  };
}
