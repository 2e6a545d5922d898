import type { Method, Type } from 'protobufjs';
import { createCodec, type Codec } from './create-codec.ts';
import { loadDescriptors } from './descriptors.ts';

/**
 * The codec of `package.Service/Method` in a file of `protos/`. Throws when there is no such method, or it streams. In the
 * image's bundle this module is replaced by one in which the codecs stand as code (tools/build).
 */
export async function loadCodec(proto: string, methodName: string): Promise<Codec> {
  const { requestType, replyType } = findMethod(await loadDescriptors(proto), proto, methodName);
  const replyName = replyType.fullName.slice(1);
  return createCodec({ request: requestType, reply: replyType, replyName, requestType: () => requestType });
}

type Root = Awaited<ReturnType<typeof loadDescriptors>>;

function findMethod(root: Root, proto: string, name: string): { requestType: Type; replyType: Type } {
  const [serviceName = '', methodName = ''] = name.split('/');
  const method = root.lookupService(serviceName).methods[methodName]?.resolve() as Method | undefined; // resolve() returns this, typed as its base
  if (method === undefined) throw new Error(`${proto}: expected method ${name}, found none of that name`);
  if (method.requestStream === true || method.responseStream === true)
    throw new Error(`${name}: expected a unary method, got a streaming one`);
  return { requestType: method.resolvedRequestType as Type, replyType: method.resolvedResponseType as Type }; // set by resolve()
}
