import type { Method as MethodDescriptor, Type } from 'protobufjs';
import { loadDescriptors } from './descriptors.ts';
import { readMessage } from './proto-json.ts';
import { RunError } from '../run-error.ts';

/** Names a unary method and the types of its messages, generated from the same .proto file. */
export interface Rpc<Request extends object, Reply extends object> {
  /** File in `protos/`, such as `bi/leke/v1/order.proto`. */
  readonly proto: string;
  /** `package.Service/Method`. */
  readonly method: string;
  /** Carries the message types only; never set. */
  readonly types?: (request: Request) => Reply;
}

/** The unary method `package.Service/Method` of a file in `protos/`. */
export function unary<Request extends object, Reply extends object>(
  proto: string,
  method: string,
): Rpc<Request, Reply> {
  return { proto, method };
}

/** A method ready to be called. */
export interface Method<Request extends object, Reply extends object> {
  /** `/package.Service/Method`, as HTTP/2 has it. */
  readonly path: string;
  encode(request: Request): Buffer;
  decode(bytes: Buffer): Reply;
  /** Reads the proto3 JSON form of the request strictly; throws `rejected: event` with the path below `data`. */
  readRequest(json: Record<string, unknown>): Record<string, unknown> & Partial<Request>;
}

/** Loads the descriptors of a method. Throws when the file or the method does not exist, or the method streams. */
export async function loadMethod<Request extends object, Reply extends object>(
  rpc: Rpc<Request, Reply>,
): Promise<Method<Request, Reply>> {
  const root = await loadDescriptors(rpc.proto);
  const [serviceName = '', methodName = ''] = rpc.method.split('/');
  const method = root.lookupService(serviceName).methods[methodName]?.resolve() as MethodDescriptor | undefined; // resolve() returns this, typed as its base
  if (method === undefined) throw new Error(`${rpc.proto}: expected method ${rpc.method}, found none of that name`);
  if (method.requestStream === true || method.responseStream === true)
    throw new Error(`${rpc.method}: expected a unary method, got a streaming one`);
  const request = method.resolvedRequestType as Type; // set by resolve()
  const reply = method.resolvedResponseType as Type; // set by resolve()
  return {
    path: `/${rpc.method}`,
    encode: (message) => Buffer.from(request.encode(request.fromObject(message)).finish()),
    decode: (bytes) => decode(reply, bytes, rpc.method) as Reply, // the shape that proto-loader-gen-types describes
    readRequest: (json) => readMessage(request, json, 'data') as Record<string, unknown> & Partial<Request>, // read by the request's own descriptor
  };
}

/** The work was done, but what it gave is lost: `unknown: backend`. */
function decode(type: Type, bytes: Buffer, method: string): object {
  try {
    return type.toObject(type.decode(bytes), { longs: String, enums: String, defaults: true });
  } catch (error) {
    const message = `${method}: expected a reply of type ${type.fullName.slice(1)}, got ${bytes.length} bytes that are none`;
    throw new RunError({ outcome: 'unknown', reason: 'backend' }, message, { cause: error });
  }
}
