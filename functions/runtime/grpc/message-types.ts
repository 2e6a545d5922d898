import { fileURLToPath } from 'node:url';
import protobuf, { type Method, type Root, type Type } from 'protobufjs';

/** What a unary method's messages are made of; no more of protobufjs than the code in an image's bundle has too. */
export interface MessageTypes {
  readonly request: Pick<Type, 'fromObject' | 'encode'>;
  readonly reply: Pick<Type, 'decode' | 'toObject'>;
  /** Full name of the reply's type. */
  readonly replyName: string;
  /** The request's descriptor. */
  readonly requestType: () => Type;
}

/**
 * The messages of `package.Service/Method` in a file of `protos/`. Throws when there is no such method, or it streams. In the
 * image's bundle this module is replaced by one in which the messages stand as code (tools/build).
 */
export async function loadMessageTypes(proto: string, methodName: string): Promise<MessageTypes> {
  const { request, reply } = findMethod(await loadDescriptors(proto), proto, methodName);
  return { request, reply, replyName: reply.fullName.slice(1), requestType: () => request };
}

/** The types of one file in `protos/` and of what it imports. */
export async function loadDescriptors(protoFile: string): Promise<Root> {
  const folder = new URL('../../../protos/', import.meta.url);
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => fileURLToPath(new URL(target, folder));
  return root.load(protoFile);
}

function findMethod(root: Root, proto: string, name: string): { request: Type; reply: Type } {
  const [serviceName = '', methodName = ''] = name.split('/');
  const method = root.lookupService(serviceName).methods[methodName]?.resolve() as Method | undefined; // resolve() returns this, typed as its base
  if (method === undefined) throw new Error(`${proto}: expected method ${name}, found none of that name`);
  if (method.requestStream === true || method.responseStream === true)
    throw new Error(`${name}: expected a unary method, got a streaming one`);
  return { request: method.resolvedRequestType as Type, reply: method.resolvedResponseType as Type }; // set by resolve()
}
