import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { callbackify } from 'node:util';
import { credentials, Metadata, type CallCredentials, type ChannelCredentials } from '@grpc/grpc-js';
import type { BackendConfig } from '../config/schema.ts';
import { invalidConfig } from '../run-error.ts';
import { readTokenFile } from '../token-file.ts';
import { KeyPermissionError, readKeyFile, requireCertificate } from '../outbound/pem.ts';

/**
 * Channel credentials by the backend's `tls:` section, and the token of its `tokenFile` with each call. Throws
 * `rejected: config` naming the key of a file it cannot use.
 */
export async function readCredentials(backend: string, { tls, tokenFile }: BackendConfig): Promise<ChannelCredentials> {
  if (tls.mode === 'insecure') {
    if (tokenFile) throw badFile(`grpc.${backend}.tokenFile`, 'tls.mode tls or mtls beside it', 'insecure');
    return credentials.createInsecure();
  }
  const [ca, cert, key] = await Promise.all([
    readPem(`grpc.${backend}.tls.ca`, tls.ca, readFile),
    readPem(`grpc.${backend}.tls.cert`, tls.cert, readFile),
    readPem(`grpc.${backend}.tls.key`, tls.key, readKeyFile),
  ]);
  if (tls.mode === 'mtls' && (cert === null || key === null)) {
    throw badFile(`grpc.${backend}.tls.${cert === null ? 'cert' : 'key'}`, 'a PEM file (mode is mtls)', 'nothing');
  }
  const channel = createChannel(`grpc.${backend}.tls`, ca, key, cert);
  if (!tokenFile) return channel;
  const call = createCall(tokenFile);
  await readTokenFile(tokenFile).catch((error: unknown) => {
    const got = JSON.stringify(tokenFile);
    throw badFile(`grpc.${backend}.tokenFile`, 'a readable file with one bearer token', got, error);
  });
  return credentials.combineChannelCredentials(channel, call);
}

function createChannel(field: string, ca: Buffer | null, key: Buffer | null, cert: Buffer | null): ChannelCredentials {
  try {
    if (ca !== null) requireCertificate(ca);
    return withoutIpServerName(credentials.createSsl(ca, key, cert));
  } catch (error) {
    throw badFile(field, 'PEM files that fit together', 'others', error);
  }
}

/**
 * grpc-js 1.14 names an instance without `serverName` by its IP address in the TLS handshake, which RFC 6066 does not allow, some servers
 * refuse and Node warns of (DEP0123), and has no option for it. The certificate is verified for the address all the same: `host` stays.
 */
function withoutIpServerName(channel: ChannelCredentials): ChannelCredentials {
  const createSecureConnector = channel._createSecureConnector.bind(channel);
  channel._createSecureConnector = (...given) => {
    const connector = createSecureConnector(...given);
    const { connectionOptions } = connector as unknown as { connectionOptions: ConnectionOptions }; // private in grpc-js; grpc/tls.test.ts holds it
    if (isIP(connectionOptions.servername ?? '') !== 0) delete connectionOptions.servername;
    return connector;
  };
  return channel;
}

/** grpc-js asks for the token before each call, and never shows it over a connection without TLS. */
function createCall(tokenFile: string): CallCredentials {
  const readMetadata = async (_of: object): Promise<Metadata> => {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${await readTokenFile(tokenFile)}`);
    return metadata;
  };
  return credentials.createFromMetadataGenerator(callbackify(readMetadata));
}

type Read = (file: string) => Promise<Buffer>;

async function readPem(field: string, file: string | null | undefined, read: Read): Promise<Buffer | null> {
  if (file === null || file === undefined) return null;
  try {
    return await read(file);
  } catch (error) {
    const name = JSON.stringify(file);
    if (!(error instanceof KeyPermissionError)) throw badFile(field, 'a readable PEM file', name, error);
    throw badFile(
      field,
      'a key that only this process can read (0600, or 0640 of another user)',
      `${name} with ${error.message}`,
      error,
    );
  }
}

const badFile = (field: string, expected: string, got: string, cause?: unknown): Error =>
  invalidConfig(field, `${field}: expected ${expected}, got ${got}`, cause);
