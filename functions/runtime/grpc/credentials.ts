import { readFile } from 'node:fs/promises';
import { credentials, type ChannelCredentials } from '@grpc/grpc-js';
import type { BackendConfig } from '../config/config.ts';
import { badConfig } from '../run-error.ts';

/** Channel credentials by the backend's `tls:` section. Throws `rejected: config` naming the key of a file it cannot use. */
export async function readCredentials(backend: string, { tls }: BackendConfig): Promise<ChannelCredentials> {
  if (tls.mode === 'insecure') return credentials.createInsecure();
  const read = (key: 'ca' | 'cert' | 'key'): Promise<Buffer | null> => readPem(`grpc.${backend}.tls.${key}`, tls[key]);
  const [ca, cert, key] = await Promise.all([read('ca'), read('cert'), read('key')]);
  if (tls.mode === 'mtls' && (cert === null || key === null)) {
    const field = `grpc.${backend}.tls.${cert === null ? 'cert' : 'key'}`;
    throw badConfig(field, `${field}: expected a PEM file (mode is mtls), got nothing`);
  }
  try {
    return credentials.createSsl(ca, key, cert);
  } catch (error) {
    throw badConfig(
      `grpc.${backend}.tls`,
      `grpc.${backend}.tls: expected PEM files that fit together, got others`,
      error,
    );
  }
}

async function readPem(field: string, file: string | null | undefined): Promise<Buffer | null> {
  if (file === null || file === undefined) return null;
  try {
    return await readFile(file);
  } catch (error) {
    throw badConfig(field, `${field}: expected a readable PEM file, got ${JSON.stringify(file)}`, error);
  }
}
