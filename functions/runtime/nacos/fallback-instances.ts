import path from 'node:path';
import type { Instance, ServiceRef } from './api.ts';
import { readFallbackFile } from '../fallback-file.ts';
import { invalidConfig, quoteValue } from '../run-error.ts';

const LINE = /^(\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$/i;

/**
 * The instances to use when Nacos cannot be reached: the file `<group>__<service>.instances` of the fallback
 * directory, a `host:port` a line, `#` for comments. Undefined when there is no such file.
 */
export async function readFallbackInstances(
  directory: string,
  { group, service }: ServiceRef,
): Promise<Instance[] | undefined> {
  const name = `${group}__${service}.instances`;
  if (path.basename(name) !== name) return undefined; // a service's name comes from the configuration
  const file = path.join(directory, name);
  const text = await readFallbackFile(file);
  return text?.split('\n').flatMap((line, index) => {
    const address = line.replace(/#.*/, '').trim();
    return address === '' ? [] : [toInstance(address, `${file}:${index + 1}`)];
  });
}

function toInstance(address: string, where: string): Instance {
  const [, ip, port] = LINE.exec(address) ?? [];
  if (ip === undefined || Number(port) > 65_535) {
    throw invalidConfig('NACOS_FALLBACK_DIR', `${where}: expected host:port, got ${quoteValue(address)}`);
  }
  return { ip, port: Number(port), weight: 1, healthy: true, enabled: true, metadata: {} };
}
