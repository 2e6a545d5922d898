import type { MethodDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs/minimal.js';

/** A reply with so many bytes of an unknown field behind it. */
export interface Answer {
  reply: object;
  paddingBytes: number;
}

/** The method with a serializer that can pad a reply; a client skips the padding as it skips any unknown field. */
export function withPadding(method: MethodDefinition<object, object>): MethodDefinition<object, Answer> {
  return {
    ...method,
    responseSerialize({ reply, paddingBytes }) {
      const message = method.responseSerialize(reply);
      if (paddingBytes === 0) return message;
      const lastFieldNumber = 2 ** 29 - 1;
      const lengthDelimited = 2;
      const writer = protobuf.Writer.create().uint32(lastFieldNumber * 8 + lengthDelimited);
      return Buffer.concat([message, writer.bytes(Buffer.alloc(paddingBytes)).finish()]);
    },
    responseDeserialize: (bytes) => ({ reply: method.responseDeserialize(bytes), paddingBytes: 0 }),
  };
}
