import { onTestFinished } from 'vitest';
import { askControlPort, type Control } from './control-port.ts';

/** How one server is made; times in ms, PEM texts. What is missing is the library's default. */
export interface Settings {
  readonly MaxConnectionAgeMs?: number;
  readonly MaxConnectionAgeGraceMs?: number;
  readonly KeepaliveMinTimeMs?: number;
  readonly MaxReceiveBytes?: number;
  readonly TLS?: { readonly Cert: string; readonly Key: string; readonly ClientCa?: string };
}

/** What one call gets, or `Times` calls; all further ones when that is missing. */
export interface Scripted {
  readonly Times?: number;
  readonly DelayMs?: number;
  /** No answer until the caller or the connection goes. */
  readonly Hang?: boolean;
  readonly HeadersFirst?: boolean;
  /** A status by name; OK when missing. */
  readonly Code?: string;
  readonly Message?: string;
  /** `google.rpc.RetryInfo` in the status details. */
  readonly RetryDelayMs?: number;
  readonly Trailers?: Readonly<Record<string, string>>;
  readonly Gzip?: boolean;
  /** Messages before the status; 1 when it is OK, else 0. */
  readonly Replies?: number;
  /** proto3 JSON. */
  readonly Reply?: object;
}

/** One run of the handler. */
export interface HandlerRun {
  readonly method: string;
  readonly metadata: Readonly<Record<string, readonly string[]>>;
  /** Whether the caller set one. */
  readonly deadline: boolean;
  /** The protocol chosen by TLS; empty without TLS. */
  readonly alpn: string;
  /** The common name in the caller's certificate. */
  readonly client: string;
  /** Whether the handler saw the call's end before it had answered. */
  readonly cancelled: boolean;
  readonly ended: boolean;
}

/** A real gRPC server. */
export interface RealBackend {
  readonly port: number;
  /** What the next calls get, in order; forgets the runs so far. */
  script(...answers: readonly Scripted[]): Promise<void>;
  runs(): Promise<readonly HandlerRun[]>;
  /** `graceful`: GOAWAY, and calls under way may go on. */
  stop(how: 'graceful' | 'at once'): Promise<void>;
}

/** Starts a server that ends with the test. */
export async function startBackend({ control }: Control, settings: Settings = {}): Promise<RealBackend> {
  const servers = `http://127.0.0.1:${control}/servers`;
  const { port } = (await askControlPort('POST', servers, settings)) as { port: number };
  const server = `${servers}/${port}`;
  const stop: RealBackend['stop'] = async (how) => {
    await askControlPort('DELETE', `${server}${how === 'graceful' ? '?graceful' : ''}`);
  };
  onTestFinished(() => stop('at once'));
  return {
    port,
    script: async (...answers) => {
      await askControlPort('PUT', server, answers);
    },
    runs: async () => (await askControlPort('GET', server)) as readonly HandlerRun[], // both programs answer so
    stop,
  };
}
