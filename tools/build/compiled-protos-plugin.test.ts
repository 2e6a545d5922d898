import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadMethod, type Method } from '../../functions/runtime/grpc/method.ts';
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

const KEEP = { proto: 'everything.proto', method: 'test.Keeper/Keep' };

let folder: string;
let compiled: typeof loadMethod<object, object>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bi-cron-codecs-'));
  await writeFile(path.join(folder, 'everything.proto'), PROTO);
  compiled = await bundle(folder);
});
afterAll(() => rm(folder, { recursive: true }));

/** `loadMethod` as it is in a bundle, for the .proto files of a folder. */
async function bundle(protoDir: string, entryPoint = 'functions/runtime/grpc/method.ts'): Promise<typeof compiled> {
  const outfile = path.join(folder, `${path.basename(protoDir)}.mjs`);
  await build({
    absWorkingDir: ROOT,
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    minify: true,
    logLevel: 'error',
    plugins: [compiledProtos(protoDir)],
  });
  return ((await import(outfile)) as { loadMethod: typeof compiled }).loadMethod; // what the entry point exports
}

/** Messages as `readMessage` gives them, some with a number that their enum does not name. */
const messages = fc.tuple(messagesOf(EVERYTHING, 3), fc.option(fc.integer())).map(([{ json }, color]): object => {
  const message = readMessage(EVERYTHING, JSON.parse(JSON.stringify(json)) as Record<string, unknown>, 'data');
  return color === null ? message : Object.assign(message, { color });
});

describe('the codecs of a bundle', () => {
  it('write and read what protobufjs does, whatever a message is made of', async () => {
    const [ours, theirs] = await Promise.all([
      compiled(KEEP),
      loadMethod<object, object>({ ...KEEP, proto: path.join(folder, KEEP.proto) }),
    ]);
    fc.assert(
      fc.property(messages, (message) => {
        const bytes = ours.encode(message);
        expect(bytes).toEqual(theirs.encode(message));
        expect(ours.decode(bytes)).toEqual(theirs.decode(bytes));
      }),
    );
  });

  it('refuse the bytes that protobufjs refuses', async () => {
    const [ours, theirs] = await Promise.all([
      compiled(KEEP),
      loadMethod<object, object>({ ...KEEP, proto: path.join(folder, KEEP.proto) }),
    ]);
    const read = (method: Method<object, object>, bytes: Uint8Array): unknown => {
      try {
        return method.decode(Buffer.from(bytes));
      } catch (error) {
        return [error, (error as Error).cause]; // a RunError with protobufjs' own
      }
    };
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(read(ours, bytes)).toEqual(read(theirs, bytes));
      }),
    );
  });

  it('know the request by its descriptor, and the reply by its name', async () => {
    const method = await compiled(KEEP);
    expect(method.requestType().fullName).toBe('.test.Everything');
    expect(() => method.decode(Buffer.from([0xff]))).toThrow('expected a reply of type test.Everything');
  });

  it.each(['test.Keeper/Watch', 'test.Keeper/Lose', 'toString'])('have no %s', async (method) => {
    await expect(compiled({ ...KEEP, method })).rejects.toThrow(`everything.proto: expected unary method ${method}`);
  });

  it('must be in it: a build in which nothing was replaced fails', async () => {
    await expect(bundle(folder, 'functions/runtime/grpc/rpc.ts')).rejects.toThrow('expected a module');
  });

  it('are there for every task', async () => {
    const own = await bundle(path.join(ROOT, 'protos'));
    for (const name of listTasks()) {
      const { rpc } = await loadTask(name);
      const [ours, theirs] = await Promise.all([own(rpc), loadMethod<object, object>(rpc)]);
      expect(ours.requestType().fullName).toBe(theirs.requestType().fullName);
      expect(ours.decode(Buffer.alloc(0))).toEqual(theirs.decode(Buffer.alloc(0)));
    }
  });
});
