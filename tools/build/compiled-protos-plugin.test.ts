import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Codec } from '../../functions/runtime/grpc/codec.ts';
import { loadCodec } from '../../functions/runtime/grpc/codec.ts';
import { listTasks, loadTask, ROOT } from '../project.ts';
import { compiledProtos } from './compiled-protos-plugin.ts';

/** All that a message can be made of, twice nested and in itself. */
const PROTO = `
  syntax = "proto3";
  package test.v1;
  import "google/protobuf/timestamp.proto";
  enum Colour { NONE = 0; RED = 1; BLUE = -7; }
  message Leaf { string text = 1; optional int64 big = 2; bytes raw = 15; }
  message Tree {
    double number = 1;
    fixed64 unsigned = 2;
    sint32 signed = 3;
    bool flag = 4;
    Colour colour = 5;
    repeated Colour colours = 6;
    repeated uint32 packed = 7;
    repeated Leaf leaves = 8;
    map<string, Leaf> by_name = 9;
    map<int64, string> by_number = 10;
    oneof choice { string one = 11; Leaf other = 12; }
    Tree child = 2000;
    google.protobuf.Timestamp at = 14;
  }
  service Trees {
    rpc Grow(Tree) returns (Tree);
    rpc Watch(Tree) returns (stream Tree);
  }
`;

let folder: string;
let compiled: (proto: string, method: string) => Promise<Codec>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bi-cron-codecs-'));
  await writeFile(path.join(folder, 'trees.proto'), PROTO);
  compiled = await bundle(folder);
});
afterAll(() => rm(folder, { recursive: true }));

/** The bundle's own codecs, for the .proto files of a folder. */
async function bundle(protoDir: string): Promise<typeof loadCodec> {
  const outfile = path.join(folder, `${path.basename(protoDir)}.mjs`);
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['functions/runtime/grpc/codec.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    minify: true,
    logLevel: 'error',
    plugins: [compiledProtos(protoDir)],
  });
  return ((await import(outfile)) as { loadCodec: typeof loadCodec }).loadCodec; // the replaced module has the same interface
}

const leaf = fc.record(
  {
    text: fc.string({ unit: 'grapheme' }),
    big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    raw: fc.uint8Array(),
  },
  { requiredKeys: [] },
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.record(
    {
      number: fc.double(),
      unsigned: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
      signed: fc.integer(),
      flag: fc.boolean(),
      colour: fc.constantFrom('RED', 'BLUE', 1, -7, 99),
      colours: fc.array(fc.constantFrom('NONE', 'BLUE', 99)),
      packed: fc.array(fc.nat()),
      leaves: fc.array(leaf),
      byName: fc.dictionary(fc.string(), leaf),
      byNumber: fc.dictionary(fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String), fc.string()),
      one: fc.string(),
      child: fc.option(tie('tree'), { nil: undefined, maxDepth: 2 }),
      at: fc.record({ seconds: fc.nat(), nanos: fc.nat(999_999_999) }),
    },
    { requiredKeys: [] },
  ),
}));

describe('the codecs of a bundle', () => {
  it('write and read what protobufjs does, whatever a message is made of', async () => {
    const [ours, theirs] = await Promise.all([
      compiled('trees.proto', 'test.v1.Trees/Grow'),
      loadCodec(path.join(folder, 'trees.proto'), 'test.v1.Trees/Grow'),
    ]);
    fc.assert(
      fc.property(tree, (message) => {
        const bytes = ours.encode(message);
        expect(Buffer.from(bytes)).toEqual(Buffer.from(theirs.encode(message)));
        expect(ours.decode(bytes)).toEqual(theirs.decode(bytes));
      }),
    );
  });

  it('refuse the bytes that protobufjs refuses', async () => {
    const [ours, theirs] = await Promise.all([
      compiled('trees.proto', 'test.v1.Trees/Grow'),
      loadCodec(path.join(folder, 'trees.proto'), 'test.v1.Trees/Grow'),
    ]);
    const read = (codec: Codec, bytes: Uint8Array): unknown => {
      try {
        return codec.decode(bytes);
      } catch (error) {
        return (error as Error).message; // protobufjs throws nothing else
      }
    };
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(read(ours, bytes)).toEqual(read(theirs, bytes));
      }),
    );
  });

  it('know the request by its descriptor, and the reply by its name', async () => {
    const codec = await compiled('trees.proto', 'test.v1.Trees/Grow');
    expect(codec.requestType().fullName).toBe('.test.v1.Tree');
    expect(codec.replyName).toBe('test.v1.Tree');
  });

  it.each(['test.v1.Trees/Watch', 'test.v1.Trees/Fell', 'toString'])('have no %s', async (method) => {
    await expect(compiled('trees.proto', method)).rejects.toThrow(`trees.proto: expected unary method ${method}`);
  });

  it('are there for every task', async () => {
    const own = await bundle(path.join(ROOT, 'protos'));
    for (const name of listTasks()) {
      const { rpc } = await loadTask(name);
      const [ours, theirs] = await Promise.all([own(rpc.proto, rpc.method), loadCodec(rpc.proto, rpc.method)]);
      expect(ours.replyName).toBe(theirs.replyName);
      expect(ours.decode(new Uint8Array())).toEqual(theirs.decode(new Uint8Array()));
    }
  });
});
