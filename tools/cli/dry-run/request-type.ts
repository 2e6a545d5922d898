import type { Type } from 'protobufjs';
import { loadCodec } from '../../../functions/runtime/grpc/codec.ts';
import type { AnyTask } from '../../../functions/runtime/task.ts';

/** The descriptor of a task's request message. */
export async function loadRequestType({ rpc }: AnyTask): Promise<Type> {
  return (await loadCodec(rpc.proto, rpc.method)).requestType();
}
