import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Backend, BackendOptions, NacosAccess } from './backends/backend.ts';
import { listBackends, startAllBackends } from './backends/all-backends.ts';
import { ROOT } from '../project.ts';
import { startNacosServer, type NacosServer, type NacosServerOptions } from './nacos/server.ts';

/** All that a function needs around it, in this process and on free ports. */
export interface Stack {
  readonly nacos: NacosServer;
  readonly leke: Backend;
  readonly jushuitan: Backend;
  /** Those two, and those of further tasks. */
  readonly backends: readonly Backend[];
  /** Takes a simulator out of Nacos' list, or brings it back; it serves all the while. Throws RangeError for a name that is none. */
  setListed(name: string, isListed: boolean): Promise<void>;
  /** Whether a simulator stands in Nacos' list, as far as this stack put it there. */
  isListed(name: string): boolean;
  /** The environment that makes a function read this stack. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface StackOptions extends NacosServerOptions {
  /** Of every backend. */
  readonly backends?: BackendOptions;
  /** The repository's folder, whose documents and tasks count; this one when missing. */
  readonly root?: string;
  /** Simulators that are not to be listed in Nacos, where a backend of one's own stands in for them. */
  readonly without?: readonly string[];
}

/** Called with what is being started, for a progress display. */
export type Progress = (step: string) => void;

/** Starts Nacos, publishes the documents of `tools/stack/documents`, and starts all backends, which register themselves. */
export async function startStack(options: StackOptions = {}, progress: Progress = () => {}): Promise<Stack> {
  const { backends: backendOptions, root = ROOT, without = [], ...nacosOptions } = options;
  await checkSimulators(root, without);
  progress('Nacos');
  const nacos = await startNacosServer(nacosOptions);
  const documents = path.join(root, 'tools/stack/documents');
  for (const dataId of readdirSync(documents)) {
    nacos.configs.publish(dataId, readFileSync(path.join(documents, dataId), 'utf8'), { type: 'yaml' });
  }
  progress('bi-api-leke and bi-api-jushuitan');
  const { leke, jushuitan, others } = await startAllBackends(root, backendOptions);
  const backends = [leke, jushuitan, ...others];
  const [credentials] = Object.entries(nacosOptions.auth?.users ?? {});
  const access = credentials === undefined ? {} : { username: credentials[0], password: credentials[1] };
  const listing = new Listing(backends, nacos, { serverAddr: nacos.address, ...access });
  await Promise.all(backends.map(({ name }) => listing.set(name, true))); // all publish their configuration
  await Promise.all(without.map((name) => listing.set(name, false)));
  return {
    setListed: (name, isListed) => listing.set(name, isListed),
    isListed: (name) => listing.has(name),
    nacos,
    leke,
    jushuitan,
    backends,
    env: {
      DEPLOY_ENV: 'dev',
      NACOS_SERVER_ADDR: nacos.url,
      ...dataIdsOf(others),
      ...(credentials === undefined ? {} : { NACOS_USERNAME: credentials[0], NACOS_PASSWORD: credentials[1] }),
    },
    close: async () => {
      await nacos.faults.clear(); // the backends take their leave of it
      await Promise.all(backends.map((backend) => backend.stop()));
      await nacos.close();
    },
  };
}

async function checkSimulators(root: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const simulators = await listBackends(root);
  const wrong = names.find((name) => !simulators.includes(name));
  if (wrong !== undefined)
    throw new RangeError(`without: expected simulators (${simulators.join(', ')}), got ${JSON.stringify(wrong)}`);
}

/** Which simulators stand in Nacos; one change of it at a time. */
class Listing {
  readonly #backends: ReadonlyMap<string, Backend>;
  readonly #nacos: NacosServer;
  readonly #access: NacosAccess;
  readonly #listed = new Set<string>();
  readonly #changes = new Map<string, Promise<void>>();

  constructor(backends: readonly Backend[], nacos: NacosServer, access: NacosAccess) {
    this.#backends = new Map(backends.map((backend) => [backend.name, backend]));
    this.#nacos = nacos;
    this.#access = access;
  }

  has(name: string): boolean {
    return this.#listed.has(name);
  }

  async set(name: string, isListed: boolean): Promise<void> {
    const backend = this.#backends.get(name);
    if (backend === undefined)
      throw new RangeError(`simulator: expected one of ${[...this.#backends.keys()].join(', ')}, got ${name}`);
    const before = this.#changes.get(name) ?? Promise.resolve();
    const change = before.then(
      () => this.#change(backend, isListed),
      () => this.#change(backend, isListed),
    );
    this.#changes.set(name, change);
    await change;
  }

  async #change(backend: Backend, isListed: boolean): Promise<void> {
    const { name, address } = backend;
    if (this.#listed.has(name) === isListed) return;
    if (isListed) {
      await backend.register(this.#access);
      this.#listed.add(name);
      return;
    }
    this.#listed.delete(name);
    await backend.deregister().catch(() => {}); // a Nacos that was made to fail refuses; it forgets below
    const listed = this.#nacos.services.list({ serviceName: name });
    const instance = listed.find(({ ip, port }) => `${ip}:${port}` === address);
    if (instance !== undefined) this.#nacos.services.deregister({ ...instance.service, ...instance });
  }
}

/** A backend publishes its own `grpc:` entry as `<name>.yaml`; the two that the documents know need none. */
function dataIdsOf(others: readonly Backend[]): { NACOS_DATA_IDS?: string } {
  if (others.length === 0) return {};
  return {
    NACOS_DATA_IDS: [...others.map(({ name }) => `${name}.yaml`), 'bi-cron.yaml', 'bi-cron-dev.yaml?'].join(','),
  };
}
