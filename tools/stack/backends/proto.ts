import { fileURLToPath } from 'node:url';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** The folder `protos/` of the project, from which `protoFile`s are named and imports are resolved. */
const PROTO_ROOT = fileURLToPath(new URL('../../../protos/', import.meta.url));

/** Loads one service by its full name, as in `bi.leke.v1.OrderService`; throws when the file does not define it. */
export function loadService(protoFile: string, service: string, includeDirs = [PROTO_ROOT]): ServiceDefinition {
  const definition = loadSync(protoFile, { includeDirs, longs: String, enums: String, defaults: true, oneofs: true })[
    service
  ];
  if (definition === undefined || 'format' in definition) throw new Error(`${protoFile}: no service ${service}`);
  return definition;
}

/** A message as proto-loader gives it. */
export type Message = Record<string, unknown>;

/** A message in a form fit for JSON and for reading: timestamps in RFC 3339, bytes in base64. */
export function messageToJson(message: Message): Message {
  return Object.fromEntries(Object.entries(message).map(([key, field]) => [key, toJson(field)]));
}

function toJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJson);
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (typeof value !== 'object' || value === null) return value;
  if (isTimestamp(value)) {
    const date = new Date(Number(value.seconds) * 1000 + value.nanos / 1e6);
    // beyond the years that a Date can hold, the number says more than nothing
    return Number.isNaN(date.getTime()) ? `${value.seconds} s` : date.toISOString();
  }
  return messageToJson({ ...value });
}

/** By shape: proto-loader's objects do not carry their message's name. */
function isTimestamp(value: object): value is { seconds: string; nanos: number } {
  return (
    Object.keys(value).length === 2 &&
    'seconds' in value &&
    typeof value.seconds === 'string' &&
    'nanos' in value &&
    typeof value.nanos === 'number'
  );
}
