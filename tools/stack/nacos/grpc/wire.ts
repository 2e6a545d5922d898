import { fileURLToPath } from 'node:url';
import { loadPackageDefinition, type ServerDuplexStream, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** A message of the protocol as proto-loader gives it. */
export interface Payload {
  readonly metadata: {
    /** The name of a class: `InstanceRequest`. */
    readonly type: string;
    readonly clientIp?: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** JSON, in an Any without a type URL. */
  readonly body: { readonly value: Uint8Array };
}

/** The fields of a message's body. */
export type Body = Readonly<Record<string, unknown>>;

export type PayloadStream = ServerDuplexStream<Payload, Payload>;

/** The two services, of a package without a name. */
export function loadServices(): { unary: ServiceDefinition; stream: ServiceDefinition } {
  const definition = loadSync(fileURLToPath(new URL('nacos_grpc_service.proto', import.meta.url)), { defaults: true });
  const { Request, BiRequestStream } = loadPackageDefinition(definition);
  if (!hasService(Request) || !hasService(BiRequestStream))
    throw new Error('nacos_grpc_service.proto: no such service');
  return { unary: Request.service, stream: BiRequestStream.service };
}

function hasService(value: unknown): value is { service: ServiceDefinition } {
  return typeof value === 'function' && 'service' in value;
}

export function encode(type: string, body: Body): Payload {
  return { metadata: { type, clientIp: '127.0.0.1', headers: {} }, body: { value: Buffer.from(JSON.stringify(body)) } };
}

/** Type, headers and body; an unreadable body has no fields. */
export function decodePayload({ metadata, body }: Payload): {
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fields: Body;
} {
  return { type: metadata.type, headers: metadata.headers ?? {}, fields: parseFields(body.value) };
}

function parseFields(bytes: Uint8Array): Body {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return isBody(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
