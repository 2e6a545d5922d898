import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'esbuild';
import protobuf, { type INamespace } from 'protobufjs';
import { generateCodecs, type ParsedProtos } from './generate-codecs.ts';

const MESSAGE_TYPES = /[/\\]runtime[/\\]grpc[/\\]message-types\.ts$/;
const DESCRIPTORS = 'compiled-protos:descriptors';

/**
 * Replaces `functions/runtime/grpc/message-types.ts` by a module that holds the code of every unary method's messages, and,
 * in a module of its own, every .proto file already parsed. One lazy entry per file, so that a start's work does not grow
 * with them; the image needs neither the files nor a parser nor a compiler. The build fails when there was nothing to replace.
 */
export function compiledProtos(protoDir: string): Plugin {
  return {
    name: 'compiled-protos',
    setup: (build) => {
      let isReplaced = false;
      build.onStart(() => {
        isReplaced = false;
      });
      build.onLoad({ filter: MESSAGE_TYPES }, async ({ path: file }) => {
        isReplaced = true;
        const contents = generateCodecs(await parseAll(protoDir), DESCRIPTORS);
        return { contents, loader: 'js', resolveDir: path.dirname(file) };
      });
      build.onResolve({ filter: new RegExp(`^${DESCRIPTORS}$`) }, ({ resolveDir }) => ({
        path: DESCRIPTORS,
        namespace: 'compiled-protos',
        pluginData: resolveDir,
      }));
      build.onLoad({ filter: /^/, namespace: 'compiled-protos' }, async ({ pluginData }) => ({
        contents: generateDescriptors(await parseAll(protoDir)),
        loader: 'js',
        resolveDir: pluginData as string, // as given just above: where protobufjs is found from
      }));
      build.onEnd(() => (isReplaced ? {} : { errors: [{ text: `expected a module ${MESSAGE_TYPES}, bundled none` }] }));
    },
  };
}

function generateDescriptors(protos: ParsedProtos): string {
  const entries = [...protos].map(([file, json]) => `${JSON.stringify(file)}: () => (${JSON.stringify(json)})`);
  return `
    import protobuf from 'protobufjs/light.js';
    const FILES = { ${entries.join(',\n')} };
    export const readDescriptors = (protoFile) => protobuf.Root.fromJSON(FILES[protoFile]());
  `;
}

async function parseAll(protoDir: string): Promise<ParsedProtos> {
  const files = listProtos(protoDir);
  return new Map(await Promise.all(files.map(async (file) => [file, await parse(protoDir, file)] as const)));
}

/** All .proto files below the folder, as `bi/leke/v1/order.proto`. */
export function listProtos(protoDir: string): string[] {
  return readdirSync(protoDir, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.proto'))
    .map((file) => file.replaceAll(path.sep, '/'))
    .toSorted();
}

async function parse(protoDir: string, file: string): Promise<INamespace> {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => path.join(protoDir, target);
  await root.load(file);
  return root.resolveAll().toJSON();
}
