import type { CallLog } from './call-log.ts';
import type { BackendFaults } from './faults.ts';

/** How to reach Nacos, as the npm SDK takes it: `serverAddr` is `host:port`. */
export interface NacosAccess {
  serverAddr: string;
  namespace?: string;
  username?: string;
  password?: string;
}

/** How a backend appears in Nacos; its own name, DEFAULT_GROUP and weight 1 by default. */
interface RegisterOptions {
  service?: string;
  group?: string;
  weight?: number;
  metadata?: Record<string, string>;
  /** Called for background failures such as a heartbeat; ignored by default, since Nacos itself notices what is missing. */
  onError?: (error: Error) => void;
}

/** A running backend: a real gRPC server that keeps data, remembers its calls and fails on request. */
export interface Backend {
  readonly name: string;
  readonly port: number;
  /** `host:port` to connect to. */
  readonly address: string;
  readonly calls: CallLog;
  readonly faults: BackendFaults;
  /** How often work was really done: neither refused nor answered from the memory of run keys. */
  readonly workDone: number;
  /** Publishes the configuration `<name>.yaml` and registers an ephemeral instance through the Nacos SDK, which keeps it alive by heartbeats. */
  register(nacos: NacosAccess, options?: RegisterOptions): Promise<void>;
  /** Leaves Nacos everywhere it was registered; the server goes on. */
  deregister(): Promise<void>;
  /** Orderly end: deregisters, finishes pending calls (resets those that hang by a fault), closes. */
  stop(): Promise<void>;
  /** The end of a crashed process: connections are reset, work is left undone, Nacos gets no deregistration and no further heartbeat. */
  kill(): void;
}

export interface BackendOptions {
  /** 0, the default: any free port. */
  port?: number;
  /** The IP address to bind and to announce; 127.0.0.1 by default. */
  host?: string;
  /** Which data the backend has; the same seed and time give the same rows. */
  seed?: number;
  /** How long each piece of work takes; 0 by default. */
  latencyMs?: number;
  now?: () => Date;
  /** Services to serve besides its own, with empty replies; those it has already are passed over. */
  more?: readonly { readonly protoFile: string; readonly service: string }[];
  /** PEM texts. With `clientCa` a client must show a certificate of that authority. */
  tls?: { cert: string; key: string; clientCa?: string };
}
