import type { Type } from 'protobufjs';
import { loadMethod } from '../../../functions/runtime/grpc/method.ts';
import type { Task } from '../../../functions/runtime/task.ts';

/** The descriptor of a task's request message. */
export async function loadRequestType({ rpc }: Task): Promise<Type> {
  return (await loadMethod(rpc)).requestType();
}
