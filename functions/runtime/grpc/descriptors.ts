import { fileURLToPath } from 'node:url';
import protobuf, { type Root } from 'protobufjs';

/**
 * The types of one file in `protos/` and of what it imports, parsed from source. In the image's bundle this module is
 * replaced by one that holds the same types already parsed (tools/build).
 */
export async function loadDescriptors(protoFile: string): Promise<Root> {
  const folder = new URL('../../../protos/', import.meta.url);
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => fileURLToPath(new URL(target, folder));
  return root.load(protoFile);
}
