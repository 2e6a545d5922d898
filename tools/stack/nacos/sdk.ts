import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataClient, NacosNamingClient } from 'nacos';

export interface SdkOptions {
  /** `host:port`. */
  readonly serverAddr: string;
  /** The ID of the namespace; the public one when missing. */
  readonly namespace?: string;
  readonly username?: string;
  readonly password?: string;
  /** What fails in the background: a long poll, a refresh. */
  readonly onError: (error: Error) => void;
}

export interface ConfigClient {
  /** Resolves also when the server answered 404: the SDK does not tell. */
  publish(
    dataId: string,
    content: string,
    options?: { readonly group?: string; readonly type?: string },
  ): Promise<void>;
  /** Undefined when there is none. */
  read(dataId: string, group?: string): Promise<string | undefined>;
  remove(dataId: string, group?: string): Promise<void>;
  /** Calls with the content now and after each change; undefined after a removal. Returns the function that ends it. */
  subscribe(dataId: string, group: string, listener: (content: string | undefined) => void): () => void;
  close(): void;
}

interface RegisteredInstance {
  readonly ip: string;
  readonly port: number;
  readonly weight?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

interface ListedInstance extends Required<RegisteredInstance> {
  readonly healthy: boolean;
  readonly enabled: boolean;
  readonly ephemeral: boolean;
  readonly clusterName: string;
}

export interface NamingClient {
  /** Registers an ephemeral instance and sends its heartbeats: the first within 10 s, then at the interval the server asks for. */
  register(serviceName: string, instance: RegisteredInstance, group?: string): Promise<void>;
  /** Ends the heartbeats too. */
  deregister(serviceName: string, instance: RegisteredInstance, group?: string): Promise<void>;
  /** Asks the server each time; unhealthy instances are included. When the server says that there is none, the SDK gives the last list it saw. */
  list(serviceName: string, group?: string): Promise<readonly ListedInstance[]>;
  /** Calls with the instances now and after each change, as the SDK notices it by polling. Returns the function that ends it. */
  subscribe(serviceName: string, listener: (instances: readonly ListedInstance[]) => void, group?: string): () => void;
  isServerUp(): Promise<boolean>;
  /** Instances stay registered until their heartbeats are missed. A timer of the SDK keeps the process up to 10 s. */
  close(): Promise<void>;
}

/**
 * Configuration by the npm SDK's `DataClient`: the `NacosConfigClient` around it opens a port through which the clients
 * of other processes on this machine would get this one's configuration. The SDK puts the password into its errors; here
 * it is cut out. A request that fails is repeated without a pause for 5 s before it rejects.
 */
export function createConfigClient(options: SdkOptions): ConfigClient {
  const cacheDir = mkdtempSync(join(tmpdir(), 'nacos-sdk-'));
  const { serverAddr, namespace = '', username, password, onError } = options;
  const settings = { serverAddr, namespace, cacheDir, ...(username && password ? { username, password } : {}) };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the SDK's declarations lack on() and the null of a missing document
  const client = new DataClient(settings) as unknown as SdkConfigClient;
  client.on('error', (error) => onError(redactError(error, password)));
  const refuse = (error: unknown): never => {
    throw redactError(error, password);
  };
  return {
    publish: async (dataId, content, { group = 'DEFAULT_GROUP', type } = {}) => {
      await client.publishSingle(dataId, group, content, type ? { type } : {}).catch(refuse);
    },
    read: async (dataId, group = 'DEFAULT_GROUP') => (await client.getConfig(dataId, group).catch(refuse)) ?? undefined,
    remove: async (dataId, group = 'DEFAULT_GROUP') => {
      await client.remove(dataId, group).catch(refuse);
    },
    subscribe: (dataId, group, listener) => {
      const forward = (content: string | null): void => listener(content ?? undefined);
      client.subscribe({ dataId, group }, forward);
      return () => {
        client.unSubscribe({ dataId, group }, forward);
      };
    },
    close: () => {
      client.close();
      rmSync(cacheDir, { recursive: true, force: true });
    },
  };
}

/** Registration and discovery by the npm SDK. */
export async function createNamingClient(options: SdkOptions): Promise<NamingClient> {
  const { serverAddr, namespace = 'public', username, password, onError } = options;
  const report = (error: Error): void => onError(redactError(error, password));
  const quiet = (): void => undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- declared as the whole console, used for these four
  const logger = { info: quiet, debug: quiet, warn: quiet, error: report } as unknown as Console;
  const credentials = username && password ? { username, password } : {};
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the SDK's declarations lack on() and close(), and ask for fields that it fills in itself
  const client = new NacosNamingClient({
    logger,
    serverList: serverAddr,
    namespace,
    ...credentials,
  }) as unknown as SdkNamingClient;
  client.on('error', report);
  await client.ready();
  return {
    register: (serviceName, instance, group) => client.registerInstance(serviceName, instance, group),
    deregister: (serviceName, instance, group) => client.deregisterInstance(serviceName, instance, group),
    list: (serviceName, group) => client.getAllInstances(serviceName, group, '', false),
    subscribe: (serviceName, listener, groupName = 'DEFAULT_GROUP') => {
      client.subscribe({ serviceName, groupName }, listener);
      return () => client.unSubscribe({ serviceName, groupName }, listener);
    },
    isServerUp: async () => (await client.getServerStatus()) === 'UP',
    close: () => client.close(),
  };
}

interface ErrorSource {
  on(event: 'error', listener: (error: Error) => void): unknown;
}

interface SdkConfigClient extends ErrorSource {
  publishSingle(dataId: string, group: string, content: string, options: { readonly type?: string }): Promise<unknown>;
  getConfig(dataId: string, group: string): Promise<string | null>;
  remove(dataId: string, group: string): Promise<unknown>;
  subscribe(place: { dataId: string; group: string }, listener: (content: string | null) => void): unknown;
  unSubscribe(place: { dataId: string; group: string }, listener: (content: string | null) => void): unknown;
  close(): void;
}

interface SdkNamingClient extends ErrorSource {
  ready(): Promise<void>;
  registerInstance(serviceName: string, instance: RegisteredInstance, group?: string): Promise<void>;
  deregisterInstance(serviceName: string, instance: RegisteredInstance, group?: string): Promise<void>;
  getAllInstances(
    service: string,
    group?: string,
    clusters?: string,
    poll?: boolean,
  ): Promise<readonly ListedInstance[]>;
  subscribe(
    service: { serviceName: string; groupName: string },
    listener: (hosts: readonly ListedInstance[]) => void,
  ): void;
  unSubscribe(
    service: { serviceName: string; groupName: string },
    listener: (hosts: readonly ListedInstance[]) => void,
  ): void;
  getServerStatus(): Promise<string>;
  close(): Promise<void>;
}

/** A new error with the password cut out of the message, and without cause and fields: the npm SDK puts it there too. */
export function redactError(error: unknown, password: string | undefined): Error {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return Object.assign(new Error(password ? message.replaceAll(password, '***') : message), { name });
}
