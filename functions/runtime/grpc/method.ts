import type { Type } from 'protobufjs';
import { RunError } from '../run-error.ts';
import { loadMessageTypes, type MessageTypes } from './message-types.ts';
import { readMessage } from './proto-json.ts';
import type { Rpc } from './rpc.ts';

const FILLED = ['run']; // by the runtime (request.ts)

/** A method ready to be called. */
export interface Method<Request extends object, Reply extends object> {
  /** `/package.Service/Method`, as HTTP/2 has it. */
  readonly path: string;
  encode(request: Request): Buffer;
  /** Throws `unknown: backend` when the bytes cannot be decoded: the work was done, but its result is lost. */
  decode(bytes: Buffer): Reply;
  /** Reads the proto3 JSON form of the request strictly; throws `rejected: event` with the path below `data`. */
  readRequest(json: Record<string, unknown>): Record<string, unknown> & Partial<Request>;
  /** The request's descriptor. */
  readonly requestType: () => Type;
}

/** Loads what a method's messages are. Throws when the file or the method does not exist, or the method streams. */
export async function loadMethod<Request extends object, Reply extends object>({
  proto,
  method,
}: Rpc<Request, Reply>): Promise<Method<Request, Reply>> {
  const types = await loadMessageTypes(proto, method);
  const { request, requestType } = types;
  return {
    path: `/${method}`,
    encode: (message) => Buffer.from(request.encode(request.fromObject(message)).finish()),
    decode: (bytes) => decode(types, bytes, method) as Reply, // the shape that proto-loader-gen-types describes
    readRequest: (json) => {
      const isEmpty = Object.keys(json).length === 0; // as a tick's is: spares the descriptors, which a bundle builds when asked
      const message = isEmpty ? {} : readMessage(requestType(), json, 'data', FILLED);
      return message as Record<string, unknown> & Partial<Request>; // read by the request's own descriptor
    },
    requestType,
  };
}

/** The shape that proto-loader-gen-types describes. */
const REPLY_FORM = { longs: String, enums: String, defaults: true };

function decode({ reply, replyName }: MessageTypes, bytes: Buffer, method: string): object {
  try {
    return reply.toObject(reply.decode(bytes), REPLY_FORM);
  } catch (error) {
    const message = `${method}: expected a reply of type ${replyName}, got ${bytes.length} bytes that cannot be decoded`;
    throw new RunError({ outcome: 'unknown', reason: 'backend' }, message, { cause: error });
  }
}
