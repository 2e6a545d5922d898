import { Client, credentials, type ClientDuplexStream } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { call, serveNacos } from '../../../../test/support/nacos-server.ts';
import type { NacosServer, NacosServerOptions } from '../server.ts';
import { decodePayload, encode, loadServices, type Body, type Payload } from './wire.ts';

const services = loadServices();
const PLACE = { dataId: 'a.yaml', group: 'BI', tenant: 'dev' };
const SERVICE = { serviceName: 'svc', groupName: 'BI', namespace: 'dev' };
const query = { serviceName: 'svc', groupName: 'BI', namespaceId: 'dev' };

/** Clients of one process share the connection to an address unless told otherwise. */
const OWN_CONNECTION = { 'grpc.use_local_subchannel_pool': 1 };

/** A client that speaks the protocol by hand. */
interface RawClient {
  /** The type and the fields of the answer. */
  ask(type: string, fields?: Body, headers?: Readonly<Record<string, string>>): Promise<Body>;
  /** Every request that the server sent, answered as a client does. */
  readonly pushed: readonly Body[];
  /** Cuts the connection. */
  kill(): void;
}

async function connect(server: NacosServer, { doesAnswer = true } = {}): Promise<RawClient> {
  const channel = new Client(`127.0.0.1:${server.port + 1000}`, credentials.createInsecure(), OWN_CONNECTION);
  const { request } = services.unary;
  const { requestBiStream } = services.stream;
  if (request === undefined || requestBiStream === undefined) throw new Error('expected both methods');
  const read = (payload: Payload): Body => {
    const { type, fields } = decodePayload(payload);
    return { type, ...fields };
  };
  const ask: RawClient['ask'] = (type, fields = {}, headers = {}) =>
    new Promise((resolve, reject) => {
      const payload = encode(type, fields);
      const sent = { ...payload, metadata: { ...payload.metadata, headers } };
      channel.makeUnaryRequest(
        request.path,
        request.requestSerialize,
        request.responseDeserialize,
        sent,
        (error, answer) => (error === null ? resolve(read(answer as Payload)) : reject(error)), // what the deserializer gives
      );
    });
  await ask('ServerCheckRequest');
  const stream = channel.makeBidiStreamRequest(
    requestBiStream.path,
    requestBiStream.requestSerialize,
    requestBiStream.responseDeserialize,
  ) as ClientDuplexStream<Payload, Payload>; // what the serializers take and give
  const pushed: Body[] = [];
  stream.on('data', (payload: Payload) => {
    const body = read(payload);
    pushed.push(body);
    if (doesAnswer) stream.write(encode(String(body['type']).replace(/Request$/, 'Response'), {}));
  });
  stream.on('error', () => {}); // it is cut by either side
  stream.write(encode('ConnectionSetupRequest', { clientVersion: 'raw', abilityTable: {} }));
  await vi.waitFor(() => expect(pushed).toMatchObject([{ type: 'SetupAckRequest', module: 'internal' }]));
  const kill = (): void => {
    stream.cancel();
    channel.close();
  };
  onTestFinished(kill);
  return { ask, pushed, kill };
}

const open = (options: NacosServerOptions = {}): Promise<NacosServer> => serveNacos({ grpc: true, ...options });

const register = (client: RawClient, port: number, more: Body = {}): Promise<Body> =>
  client.ask('InstanceRequest', { ...SERVICE, type: 'registerInstance', instance: { ip: '10.0.0.1', port, ...more } });

describe('a connection', () => {
  it('is asked for before anything else', async () => {
    const server = await open();
    const client = await connect(server);
    client.kill();
    const stranger = new Client(`127.0.0.1:${server.port + 1000}`, credentials.createInsecure(), OWN_CONNECTION);
    onTestFinished(() => stranger.close());
    const { request } = services.unary;
    if (request === undefined) throw new Error('expected the method');
    const answer = await new Promise<Body>((resolve, reject) => {
      const sent = encode('HealthCheckRequest', { requestId: '7' });
      stranger.makeUnaryRequest(
        request.path,
        request.requestSerialize,
        request.responseDeserialize,
        sent,
        (error, reply) => (error === null ? resolve(decodePayload(reply as Payload).fields) : reject(error)), // what the deserializer gives
      );
    });
    expect(answer).toMatchObject({ resultCode: 500, errorCode: 301, success: false, requestId: '7' });
  });

  it('answers health checks, and names what it does not serve once', async () => {
    const lines: string[] = [];
    const client = await connect(await open({ warn: (line) => lines.push(line) }));
    expect(await client.ask('HealthCheckRequest')).toMatchObject({ type: 'HealthCheckResponse', success: true });
    for (let turn = 0; turn < 2; turn++) {
      expect(await client.ask('LockOperationRequest')).toMatchObject({ type: 'ErrorResponse', errorCode: 302 });
    }
    expect(lines).toEqual(['Nacos over gRPC: "LockOperationRequest" is not served here']);
  });

  it('that ends takes its instances along', async () => {
    const server = await open();
    const client = await connect(server);
    await register(client, 1);
    expect(server.services.list(query)).toMatchObject([{ port: 1, registeredBy: 'grpc', client: 'raw' }]);
    client.kill();
    await vi.waitFor(() => expect(server.services.list(query)).toEqual([]));
  });

  it('that is silent is asked whether it lives, and is gone when it says nothing', async () => {
    const server = await open({ connectionTimeouts: { silentMs: 100, detectionMs: 1500 } });
    const [living, silent] = [await connect(server), await connect(server, { doesAnswer: false })];
    await register(living, 1);
    await register(silent, 2);
    await vi.waitFor(() => expect(server.services.list(query)).toMatchObject([{ port: 1 }]), { timeout: 10_000 });
    expect(silent.pushed.map(({ type }) => type)).toContain('ClientDetectionRequest');
  });

  it('is asked to be made anew where the server says so', async () => {
    const server = await open();
    const client = await connect(server);
    server.resetConnections();
    await vi.waitFor(() => expect(client.pushed.at(-1)).toMatchObject({ type: 'ConnectResetRequest' }));
  });

  it('breaks with the fault down, and the port answers again afterwards', async () => {
    const server = await open();
    await register(await connect(server), 1);
    await server.faults.set('down');
    expect(server.services.list(query)).toEqual([]);
    await server.faults.clear();
    expect(await (await connect(server)).ask('HealthCheckRequest')).toMatchObject({ success: true });
  });
});

describe('configuration', () => {
  it('is published, found and removed, and HTTP sees the same', async () => {
    const server = await open();
    const client = await connect(server);
    const published = { ...PLACE, content: 'a: 1', additionMap: { type: 'yaml' } };
    expect(await client.ask('ConfigPublishRequest', published)).toMatchObject({ resultCode: 200 });
    const overHttp = { dataId: 'a.yaml', groupName: 'BI', namespaceId: 'dev' };
    expect((await call(server, 'GET /v3/client/cs/config', { query: overHttp })).json).toHaveProperty(
      'data.content',
      'a: 1',
    );
    expect(await client.ask('ConfigQueryRequest', PLACE)).toMatchObject({ content: 'a: 1', contentType: 'yaml' });
    await client.ask('ConfigRemoveRequest', PLACE);
    expect(await client.ask('ConfigQueryRequest', PLACE)).toMatchObject({
      type: 'ConfigQueryResponse',
      resultCode: 500,
      errorCode: 300,
      message: 'config data not exist',
    });
  });

  it('is published with casMd5 only over the document that was read', async () => {
    const server = await open();
    const client = await connect(server);
    const { md5 } = server.configs.publish('a.yaml', 'a: 1', { group: 'BI', namespace: 'dev' });
    expect(await client.ask('ConfigPublishRequest', { ...PLACE, content: 'a: 2', casMd5: 'other' })).toMatchObject({
      success: false,
    });
    expect(await client.ask('ConfigPublishRequest', { ...PLACE, content: 'a: 3', casMd5: md5 })).toMatchObject({
      success: true,
    });
  });

  it('that is listened to is reported when it differs already, and pushed when it changes over HTTP', async () => {
    const server = await open();
    const client = await connect(server);
    server.configs.publish('a.yaml', 'a: 1', { group: 'BI', namespace: 'dev' });
    const listen = (md5: string) =>
      client.ask('ConfigBatchListenRequest', { listen: true, configListenContexts: [{ ...PLACE, md5 }] });
    expect(await listen('')).toMatchObject({ changedConfigs: [PLACE] });
    const { md5 = '' } = server.configs.get('a.yaml', { group: 'BI', namespace: 'dev' }) ?? {};
    expect(await listen(md5)).toMatchObject({ changedConfigs: [] });
    await call(server, 'POST /v1/cs/configs', { form: { ...PLACE, content: 'a: 2' } });
    await vi.waitFor(() => expect(client.pushed.at(-1)).toMatchObject({ type: 'ConfigChangeNotifyRequest', ...PLACE }));
  });
});

describe('naming', () => {
  it('lists over gRPC what was registered over v1 and v3, and the other way round', async () => {
    const server = await open();
    const client = await connect(server);
    const form = { serviceName: 'svc', groupName: 'BI', namespaceId: 'dev', ip: '10.0.0.1' };
    await call(server, 'POST /v1/ns/instance', { form: { ...form, port: '1' } });
    await call(server, 'POST /v3/client/ns/instance', { form: { ...form, port: '2' } });
    await register(client, 3, { weight: 2.5, metadata: { gRPC_port: '9001' } });
    expect(await client.ask('ServiceQueryRequest', SERVICE)).toMatchObject({
      serviceInfo: { name: 'svc', groupName: 'BI', hosts: [{ port: 1 }, { port: 2 }, { port: 3, weight: 2.5 }] },
    });
    expect((await call(server, 'GET /v1/ns/instance/list', { query })).json).toHaveProperty('hosts.2.metadata', {
      gRPC_port: '9001',
    });
    expect(await client.ask('ServiceListRequest', { ...SERVICE, pageNo: 1, pageSize: 10 })).toMatchObject({
      count: 1,
      serviceNames: ['svc'],
    });
  });

  it('is pushed to who subscribed: a registration, a loss, a health that changed', async () => {
    const server = await open();
    const [registrar, reader] = [await connect(server), await connect(server)];
    const subscribed = await reader.ask('SubscribeServiceRequest', { ...SERVICE, subscribe: true, clusters: '' });
    expect(subscribed).toMatchObject({ serviceInfo: { hosts: [] } });
    const last = (): unknown => reader.pushed.at(-1)?.['serviceInfo'];
    await register(registrar, 1);
    await vi.waitFor(() => expect(last()).toMatchObject({ hosts: [{ port: 1, healthy: true }] }));
    server.services.setHealthy({ ...query, ip: '10.0.0.1', port: 1 }, false);
    await vi.waitFor(() => expect(last()).toMatchObject({ hosts: [{ port: 1, healthy: false }] }));
    registrar.kill();
    await vi.waitFor(() => expect(last()).toMatchObject({ hosts: [] }));
  });

  it('takes a batch in place of what the connection registered before', async () => {
    const server = await open();
    const client = await connect(server);
    await register(client, 1);
    const instances = [2, 3].map((port) => ({ ip: '10.0.0.1', port }));
    await client.ask('BatchInstanceRequest', { ...SERVICE, type: 'batchRegisterInstance', instances });
    expect(server.services.list(query)).toMatchObject([{ port: 2 }, { port: 3 }]);
  });

  it('keeps a persistent instance beyond its connection, and refuses an ephemeral one beside it', async () => {
    const server = await open();
    const client = await connect(server);
    const instance = { ip: '10.0.0.1', port: 1 };
    await client.ask('PersistentInstanceRequest', { ...SERVICE, type: 'registerInstance', instance });
    expect(await register(client, 2)).toMatchObject({
      resultCode: 500,
      message: expect.stringContaining('is persistent service'),
    });
    client.kill();
    await vi.waitFor(() => expect(server.services.list(query)).toMatchObject([{ port: 1, ephemeral: false }]));
  });

  it.each([
    ['a service of spaces', { serviceName: 'a b' }],
    ['no service', { serviceName: '' }],
  ])('refuses %s', async (_, wrong) => {
    const client = await connect(await open());
    expect(await client.ask('ServiceQueryRequest', { ...SERVICE, ...wrong })).toMatchObject({ errorCode: 400 });
  });
});

describe('with auth on', () => {
  const auth = { users: { reader: 'look' }, permissions: { reader: { 'dev:BI:config/a.yaml': 'r' } } } as const;

  it('lets pass by the token in the headers, and refuses the rest as a real server', async () => {
    const server = await open({ auth });
    const client = await connect(server);
    expect(await client.ask('ConfigQueryRequest', PLACE)).toMatchObject({
      type: 'ConfigQueryResponse',
      errorCode: 403,
    });
    const form = { username: 'reader', password: 'look' };
    const { json } = await call(server, 'POST /v3/auth/user/login', { form });
    const { accessToken } = json as { accessToken: string }; // the shape of a login's answer
    expect(await client.ask('ConfigQueryRequest', PLACE, { accessToken })).toMatchObject({ errorCode: 300 });
    expect(await client.ask('ServiceQueryRequest', SERVICE, { accessToken })).toMatchObject({
      errorCode: 403,
      message: 'Code: 403, Message: authorization failed!.',
    });
  });
});

describe('the port', () => {
  it('is the HTTP port + 1000, and one that is taken is named with its holder', async () => {
    const server = await open();
    const holder = `held by process ${process.pid} (`;
    const refuses = (port: number, message: string) =>
      expect(serveNacos({ grpc: true, port })).rejects.toThrow(message);
    await refuses(server.port, `port ${server.port}: expected it free for Nacos over HTTP; it is ${holder}`);
    const beside = await serveNacos();
    await refuses(
      beside.port - 1000,
      `port ${beside.port}: expected it free for Nacos over gRPC, which clients expect on the HTTP port + 1000; it is ${holder}`,
    );
  });
});
