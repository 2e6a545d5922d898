import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'esbuild';
import protobuf, { type INamespace } from 'protobufjs';
import { generateCodecs } from './generate-codecs.ts';

/**
 * Replaces two modules of `functions/runtime/grpc`: `codec.ts` by one that holds the code of every unary method's messages,
 * and `descriptors.ts` by one that holds every .proto file already parsed. One lazy entry per file, so that a start's work
 * does not grow with them; the image needs neither the files nor a parser nor a compiler.
 */
export function compiledProtos(protoDir: string): Plugin {
  return {
    name: 'compiled-protos',
    setup: (build) => {
      const generators = { codec: generateCodecs, descriptors: generateDescriptors };
      build.onLoad({ filter: /[/\\]runtime[/\\]grpc[/\\](?:codec|descriptors)\.ts$/ }, async ({ path: file }) => {
        const generate = generators[path.basename(file, '.ts') as keyof typeof generators]; // as the filter has it
        return { contents: generate(await parseAll(protoDir)), loader: 'js', resolveDir: path.dirname(file) };
      });
    },
  };
}

/** The files of `protos/`, parsed, by their names. */
export type ParsedProtos = ReadonlyMap<string, INamespace>;

function generateDescriptors(protos: ParsedProtos): string {
  const entries = [...protos].map(([file, json]) => `${JSON.stringify(file)}: () => (${JSON.stringify(json)})`);
  return `
    import protobuf from 'protobufjs/light.js';
    const FILES = { ${entries.join(',\n')} };
    export function readDescriptors(protoFile) {
      const load = FILES[protoFile];
      if (load === undefined) throw new Error(protoFile + ': expected a file of protos/, got none of that name');
      return protobuf.Root.fromJSON(load());
    }
    export const loadDescriptors = async (protoFile) => readDescriptors(protoFile);
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
