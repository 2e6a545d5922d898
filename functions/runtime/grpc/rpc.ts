import { loadCodec } from './codec.ts';
import type { Codec } from './create-codec.ts';
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

/** Loads what a method's messages are. Throws when the file or the method does not exist, or the method streams. */
export async function loadMethod<Request extends object, Reply extends object>({
  proto,
  method,
}: Rpc<Request, Reply>): Promise<Method<Request, Reply>> {
  const codec = await loadCodec(proto, method);
  return {
    path: `/${method}`,
    encode: (message) => Buffer.from(codec.encode(message)),
    decode: (bytes) => decode(codec, bytes, method) as Reply, // the shape that proto-loader-gen-types describes
    readRequest: (json) => {
      const isEmpty = Object.keys(json).length === 0; // as a tick's is: spares the descriptors, which a bundle builds when asked
      const message = isEmpty ? {} : readMessage(codec.requestType(), json, 'data');
      return message as Record<string, unknown> & Partial<Request>; // read by the request's own descriptor
    },
  };
}

/** The work was done, but what it gave is lost: `unknown: backend`. */
function decode(codec: Codec, bytes: Buffer, method: string): object {
  try {
    return codec.decode(bytes);
  } catch (error) {
    const message = `${method}: expected a reply of type ${codec.replyName}, got ${bytes.length} bytes that are none`;
    throw new RunError({ outcome: 'unknown', reason: 'backend' }, message, { cause: error });
  }
}
