import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCodec } from '../../functions/runtime/grpc/codec.ts';
import type { Codec } from '../../functions/runtime/grpc/create-codec.ts';
import { readMessage } from '../../functions/runtime/grpc/proto-json.ts';
import { messagesOf } from '../../test/support/proto-messages.ts';
import { EVERYTHING, EVERYTHING_PROTO } from '../../test/support/everything-proto.ts';
import { listTasks, loadTask, ROOT } from '../project.ts';
import { compiledProtos } from './compiled-protos-plugin.ts';

const PROTO = `${EVERYTHING_PROTO}
  service Keeper {
    rpc Keep(Everything) returns (Everything);
    rpc Watch(Everything) returns (stream Everything);
  }
`;

let folder: string;
let compiled: (proto: string, method: string) => Promise<Codec>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bi-cron-codecs-'));
  await writeFile(path.join(folder, 'everything.proto'), PROTO);
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

/** Messages as `readMessage` gives them, some with a number that their enum does not name. */
const messages = fc.tuple(messagesOf(EVERYTHING, 3), fc.option(fc.integer())).map(([{ json }, color]): object => {
  const message = readMessage(EVERYTHING, JSON.parse(JSON.stringify(json)) as Record<string, unknown>, 'data');
  return color === null ? message : Object.assign(message, { color });
});

describe('the codecs of a bundle', () => {
  it('write and read what protobufjs does, whatever a message is made of', async () => {
    const [ours, theirs] = await Promise.all([
      compiled('everything.proto', 'test.Keeper/Keep'),
      loadCodec(path.join(folder, 'everything.proto'), 'test.Keeper/Keep'),
    ]);
    fc.assert(
      fc.property(messages, (message) => {
        const bytes = ours.encode(message);
        expect(Buffer.from(bytes)).toEqual(Buffer.from(theirs.encode(message)));
        expect(ours.decode(bytes)).toEqual(theirs.decode(bytes));
      }),
    );
  });

  it('refuse the bytes that protobufjs refuses', async () => {
    const [ours, theirs] = await Promise.all([
      compiled('everything.proto', 'test.Keeper/Keep'),
      loadCodec(path.join(folder, 'everything.proto'), 'test.Keeper/Keep'),
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
    const codec = await compiled('everything.proto', 'test.Keeper/Keep');
    expect(codec.requestType().fullName).toBe('.test.Everything');
    expect(codec.replyName).toBe('test.Everything');
  });

  it.each(['test.Keeper/Watch', 'test.Keeper/Lose', 'toString'])('have no %s', async (method) => {
    await expect(compiled('everything.proto', method)).rejects.toThrow(
      `everything.proto: expected unary method ${method}`,
    );
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
