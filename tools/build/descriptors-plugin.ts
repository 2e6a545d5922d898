import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'esbuild';
import protobuf from 'protobufjs';

/**
 * Replaces `functions/runtime/grpc/descriptors.ts` by a module that holds the types of every .proto file already parsed,
 * one lazy entry per file, so that the image needs neither the files nor a parser.
 */
export function compiledDescriptors(protoDir: string): Plugin {
  return {
    name: 'compiled-descriptors',
    setup: (build) => {
      build.onLoad({ filter: /[/\\]runtime[/\\]grpc[/\\]descriptors\.ts$/ }, async ({ path: file }) => ({
        contents: await generateModule(protoDir),
        loader: 'js',
        resolveDir: path.dirname(file),
      }));
    },
  };
}

async function generateModule(protoDir: string): Promise<string> {
  const files = listProtos(protoDir);
  const entries = await Promise.all(
    files.map(async (file) => `${JSON.stringify(file)}: () => (${JSON.stringify(await parse(protoDir, file))})`),
  );
  return `
    import protobuf from 'protobufjs/light.js';
    import Long from 'long';
    protobuf.util.Long = Long;
    protobuf.configure();
    const FILES = { ${entries.join(',\n')} };
    export async function loadDescriptors(protoFile) {
      const load = FILES[protoFile];
      if (load === undefined) throw new Error(protoFile + ': expected a file of protos/, got none of that name');
      return protobuf.Root.fromJSON(load());
    }
  `;
}

/** All .proto files below the folder, as `bi/leke/v1/order.proto`. */
export function listProtos(protoDir: string): string[] {
  return readdirSync(protoDir, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.proto'))
    .map((file) => file.replaceAll(path.sep, '/'))
    .toSorted();
}

async function parse(protoDir: string, file: string): Promise<protobuf.INamespace> {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => path.join(protoDir, target);
  await root.load(file);
  return root.resolveAll().toJSON();
}
