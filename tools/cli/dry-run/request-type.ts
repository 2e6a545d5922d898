import type { Type } from 'protobufjs';
import { loadDescriptors } from '../../../functions/runtime/grpc/descriptors.ts';
import type { AnyTask } from '../../../functions/runtime/task.ts';

/** The descriptor of a task's request message. */
export async function loadRequestType({ rpc }: AnyTask): Promise<Type> {
  const [service = '', method = ''] = rpc.method.split('/');
  const found = (await loadDescriptors(rpc.proto)).lookupService(service).methods[method];
  if (found === undefined) throw new Error(`${rpc.proto}: expected method ${rpc.method}, found none of that name`);
  const { parent, requestType } = found;
  if (parent === null) throw new Error(`${rpc.method}: expected a service around it`);
  return parent.lookupType(requestType);
}
