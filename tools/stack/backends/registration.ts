import { stringify } from 'yaml';
import { createConfigClient, createNamingClient } from '../nacos/sdk.ts';
import type { NacosAccess } from './backend.ts';

/** What a backend registers in Nacos. */
interface RegisteredBackend {
  /** The backend's own name, as bi-cron's configuration calls it. */
  name: string;
  service: string;
  group: string;
  ip: string;
  port: number;
  weight: number;
  metadata: Record<string, string>;
  /** What a caller has to speak. */
  security: 'plaintext' | 'tls' | 'mtls';
  /** The timeout that callers are advised to use, as in `30s`. */
  timeout: string;
}

export interface Registration {
  deregister(): Promise<void>;
  /** Ends the heartbeats without telling Nacos. */
  abandon(): void;
}

/**
 * Registers an ephemeral instance and publishes `<name>.yaml`, the backend's entry under `grpc:` of bi-cron's configuration.
 * Rejects when Nacos refuses or cannot be reached, and leaves nothing behind then.
 */
export async function registerBackend(
  nacos: NacosAccess,
  backend: RegisteredBackend,
  onError: (error: Error) => void,
): Promise<Registration> {
  const { name, service, group, ip, port, weight, metadata } = backend;
  const instance = { ip, port, weight, metadata: { protocol: 'grpc', ...metadata } };
  const naming = await createNamingClient({ ...nacos, onError });
  const abandon = (): void => void naming.close().catch(onError);
  const deregister = async (): Promise<void> => {
    try {
      await naming.deregister(service, instance, group);
    } finally {
      abandon();
    }
  };

  const config = createConfigClient({ ...nacos, onError });
  try {
    await naming.register(service, instance, group);
    await config.publish(`${name}.yaml`, stringify(describe(backend)), { group, type: 'yaml' });
  } catch (error) {
    await deregister().catch(onError);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${name}: not registered in Nacos at ${nacos.serverAddr}: ${reason}`, { cause: error });
  } finally {
    config.close();
  }
  return { deregister, abandon };
}

function describe({ name, service, group, timeout, security }: RegisteredBackend): object {
  const tls = security === 'plaintext' ? {} : { tls: { mode: security } };
  return { grpc: { [name]: { service, group, timeout, ...tls } } };
}
