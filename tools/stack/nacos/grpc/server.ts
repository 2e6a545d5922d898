import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import type { Auth } from '../auth.ts';
import type { Port } from '../faults.ts';
import { Refusal } from '../http.ts';
import { checkNames } from '../name-check.ts';
import type { VersionRules } from '../versions.ts';
import { Connections, type ConnectionTimeouts } from './connections.ts';
import { failed, namesOf, resourceOf, served, type State } from './requests.ts';
import { decodePayload, encode, loadServices, type Body, type Payload, type PayloadStream } from './wire.ts';

export interface GrpcOptions extends State {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly auth: Auth;
  readonly rules: VersionRules;
  readonly timeouts: ConnectionTimeouts;
  /** Called for every request type that is not served, once a type. */
  readonly warn: (line: string) => void;
}

export interface GrpcPort extends Port {
  /** Asks every client to reconnect. */
  resetConnections(): void;
  /** Shuts for good: `open` does nothing any more. */
  close(): Promise<void>;
}

/** The codes of nacos api, remote.response and exception.NacosException, that stand in answers. */
const UNREGISTERED = 301;
const NO_HANDLER = 302;
const NO_RIGHT = 403;
const INVALID_PARAM = 400;

/** A server's abilities, as its clients get them at set-up. */
const ABILITIES = { supportPersistentInstanceByGrpc: true, fuzzyWatch: false, lock: false };

/** The gRPC protocol of Nacos 2.x and 3.x on a port that can be shut and opened again. Rejects when the port is taken. */
export async function listenGrpc(options: GrpcOptions): Promise<GrpcPort> {
  const { host, port, auth, rules, tls, warn } = options;
  const services = loadServices();
  const warned = new Set<string>();
  let running: { readonly server: Server; readonly connections: Connections } | undefined;

  function answer(payload: Payload, peer: string, connections: Connections): Payload {
    const { type, headers, fields } = decodePayload(payload);
    const requestId = fields['requestId'];
    const say = (response: string, body: Body): Payload =>
      encode(response, { resultCode: 200, errorCode: 0, success: true, requestId, ...body });
    if (type === 'ServerCheckRequest') {
      return say('ServerCheckResponse', { connectionId: peer, supportAbilityNegotiation: true });
    }
    connections.touch(peer);
    const request = Object.hasOwn(served, type) ? served[type] : undefined;
    if (request === undefined) {
      if (!warned.has(type)) warn(`Nacos over gRPC: ${JSON.stringify(type)} is not served here`);
      warned.add(type);
      return say('ErrorResponse', failed(NO_HANDLER, `RequestHandler Not Found`));
    }
    const connection = connections.find(peer);
    if (connection === undefined) return say('ErrorResponse', failed(UNREGISTERED, 'Connection is unregistered.'));
    const resource = resourceOf(type, fields, rules.publicNamespace);
    const refusal = auth.refuse(request.access, 'client', resource, {
      token: headers['accessToken'],
      username: headers['username'],
      password: headers['password'],
    });
    if (refusal !== undefined) return say(request.response, failed(NO_RIGHT, rules.refusals[refusal]));
    try {
      checkNames(namesOf(fields));
      return say(request.response, request.answer(fields, connection, options));
    } catch (error) {
      if (error instanceof Refusal) return say(request.response, failed(INVALID_PARAM, describe(error)));
      throw error;
    }
  }

  function serveStream(stream: PayloadStream, connections: Connections): void {
    const peer = stream.getPeer();
    stream.on('data', (payload: Payload) => {
      connections.touch(peer);
      const { type, fields } = decodePayload(payload);
      if (type !== 'ConnectionSetupRequest') return; // the answers to what was pushed: they show that the client lives
      const connection = connections.open(peer, fields['clientVersion'], stream);
      if (fields['abilityTable'] === undefined || fields['abilityTable'] === null) return; // a client of before 2.4
      connections.push(connection, 'SetupAckRequest', { module: 'internal', abilityTable: ABILITIES });
    });
    const close = (): void => connections.close(peer, stream);
    stream.on('end', () => {
      close();
      stream.end();
    });
    stream.on('cancelled', close);
    stream.on('error', close);
    stream.on('close', close);
  }

  let isClosed = false;
  const open = async (): Promise<void> => {
    if (running !== undefined || isClosed) return;
    const connections = new Connections(options.configs, options.services, options.timeouts);
    const server = new Server({ 'grpc.max_receive_message_length': 16 * 1024 * 1024 });
    server.addService(services.unary, {
      request: (call: ServerUnaryCall<Payload, Payload>, reply: sendUnaryData<Payload>) =>
        reply(null, answer(call.request, call.getPeer(), connections)),
    });
    server.addService(services.stream, {
      requestBiStream: (stream: PayloadStream) => serveStream(stream, connections),
    });
    running = { server, connections };
    const credentials =
      tls === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [{ cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) }]);
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`${host.includes(':') ? `[${host}]` : host}:${port}`, credentials, (error) =>
        error === null ? resolve() : reject(error),
      );
    }).catch((error: unknown) => {
      shutNow();
      throw error;
    });
  };
  const shutNow = (): void => {
    running?.connections.end();
    running?.server.forceShutdown();
    running = undefined;
  };
  await open();
  return {
    open,
    shut: () => Promise.resolve(shutNow()),
    close: () => {
      isClosed = true;
      return Promise.resolve(shutNow());
    },
    resetConnections: () => running?.connections.reset(),
  };
}

function describe({ problem }: Refusal): string {
  if (problem.kind === 'missing') return `Required parameter '${problem.name}' type ${problem.type} is not present`;
  return 'message' in problem ? problem.message : problem.kind;
}
