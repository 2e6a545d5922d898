import type { Type } from 'protobufjs';

/** The messages of one unary method, to and from bytes. */
export interface Codec {
  encode(request: object): Uint8Array;
  /** Throws when the bytes are no reply. */
  decode(bytes: Uint8Array): object;
  /** Full name of the reply's type. */
  readonly replyName: string;
  /** What the request is made of. */
  requestType(): Type;
}

interface MessageTypes extends Pick<Codec, 'replyName' | 'requestType'> {
  readonly request: Pick<Type, 'fromObject' | 'encode'>;
  readonly reply: Pick<Type, 'decode' | 'toObject'>;
}

/** The shape that proto-loader-gen-types describes. */
const REPLY_FORM = { longs: String, enums: String, defaults: true };

/** The codec of messages that protobufjs knows by their descriptors, or by code that was written from them. */
export function createCodec({ request, reply, ...known }: MessageTypes): Codec {
  return {
    ...known,
    encode: (message) => request.encode(request.fromObject(message)).finish(),
    decode: (bytes) => reply.toObject(reply.decode(bytes), REPLY_FORM),
  };
}
