import protobuf, { type INamespace, type Method, type NamespaceBase, type Type } from 'protobufjs';

/** The files of `protos/`, parsed, by their names. */
export type ParsedProtos = ReadonlyMap<string, INamespace>;

/**
 * The source of a module with the interface of `functions/runtime/grpc/message-types.ts`, in which stands as code what
 * protobufjs would write and compile while the process runs (`Type.setup`): for each unary method how its request is written
 * and its reply read. `descriptors` names the module that has the request's descriptor; it is evaluated when one is asked for.
 */
export function generateCodecs(protos: ParsedProtos, descriptors: string): string {
  const files = [...protos].map(([file, json]) => `${JSON.stringify(file)}: () => {${generateFile(json)}}`);
  return `
    import protobuf from 'protobufjs/minimal.js';
    const { Reader, Writer, util } = protobuf;
    const FILES = { ${files.join(',\n')} };
    export async function loadMessageTypes(proto, method) {
      const methods = Object.hasOwn(FILES, proto) ? FILES[proto]() : {};
      const found = Object.hasOwn(methods, method) ? methods[method] : undefined;
      if (found === undefined) throw new Error(proto + ': expected unary method ' + method + ', found none of that name');
      const { requestName, ...types } = found;
      return { ...types, requestType: () => require(${JSON.stringify(descriptors)}).readDescriptors(proto).lookupType(requestName) };
    }
  `;
}

/** The source of a function body that gives the unary methods of one file, by `package.Service/Method`. */
function generateFile(json: INamespace): string {
  const methods = listMethods(protobuf.Root.fromJSON(json).resolveAll());
  const written = collectReachable(methods.map(({ request }) => request));
  const read = collectReachable(methods.map(({ reply }) => reply));
  const types = [...new Set([...written, ...read])];
  const nameOf = (type: Type): string => `type${types.indexOf(type)}`;
  const links = types.map((type) => {
    const ofFields = type.fieldsArray.map(({ resolvedType }) => {
      if (resolvedType === null) return 'null';
      return resolvedType instanceof protobuf.Enum ? generateEnum(resolvedType) : nameOf(resolvedType);
    });
    return `${nameOf(type)}.types.push(${ofFields.join(', ')});`;
  });
  const entries = methods.map(({ name, request, reply }) => {
    const [requestName, replyName] = [request, reply].map(({ fullName }) => JSON.stringify(fullName.slice(1)));
    return `${JSON.stringify(name)}: { request: ${nameOf(request)}, reply: ${nameOf(reply)}, requestName: ${requestName}, replyName: ${replyName} }`;
  });
  return `
    ${types.map((type) => `const ${nameOf(type)} = ${generateType(type, { isWritten: written.has(type), isRead: read.has(type) })};`).join('\n')}
    ${links.join('\n')}
    return { ${entries.join(', ')} };
  `;
}

/** The source of an object with what protobufjs' own generators wrote; it holds the types of its fields, in their order. */
function generateType(type: Type, { isWritten, isRead }: { isWritten: boolean; isRead: boolean }): string {
  const { Type, encoder, decoder, converter } = protobuf;
  const parts = [
    `ctor: ${Type.generateConstructor(type).toString()}`,
    ...(isWritten
      ? [`fromObject: ${converter.fromObject(type).toString()}`, `encode: ${encoder(type).toString()}`]
      : []),
    ...(isRead ? [`decode: ${decoder(type).toString()}`, `toObject: ${converter.toObject(type).toString()}`] : []),
  ];
  return `((types) => ({ types, ${parts.join(',\n')} }))([])`;
}

/** An enum's names have their numbers, and its numbers their first name. */
function generateEnum({ values, valuesById }: protobuf.Enum): string {
  return `{ values: ${JSON.stringify({ ...valuesById, ...values })} }`;
}

interface UnaryMethod {
  readonly name: string;
  readonly request: Type;
  readonly reply: Type;
}

function listMethods(namespace: NamespaceBase): UnaryMethod[] {
  return namespace.nestedArray.flatMap((nested) => {
    if (!(nested instanceof protobuf.Namespace)) return [];
    const own = nested instanceof protobuf.Service ? nested.methodsArray.filter(isUnary) : [];
    const methods = own.map(({ name, resolvedRequestType, resolvedResponseType }) => ({
      name: `${nested.fullName.slice(1)}/${name}`,
      request: resolvedRequestType as Type, // resolved with the root
      reply: resolvedResponseType as Type, // likewise
    }));
    return [...methods, ...listMethods(nested)];
  });
}

const isUnary = ({ requestStream, responseStream }: Method): boolean =>
  requestStream !== true && responseStream !== true;

/** These types and all that their fields are made of. */
function collectReachable(types: readonly Type[]): Set<Type> {
  const reached = new Set(types);
  for (const type of reached) {
    for (const { resolvedType } of type.fieldsArray)
      if (resolvedType instanceof protobuf.Type) reached.add(resolvedType);
  }
  return reached;
}
