import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../project.ts';
import { listProtos } from './compiled-protos-plugin.ts';

/** Writes the message types of all .proto files to `protos/gen` (git-ignored; types only, nothing is run from there). */
const protos = path.join(ROOT, 'protos');
const out = path.join(protos, 'gen');
rmSync(out, { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [
    path.join(ROOT, 'node_modules/@grpc/proto-loader/build/bin/proto-loader-gen-types.js'),
    '--longs=String', // this and the next three: as functions/runtime/grpc/method.ts decodes
    '--enums=String',
    '--defaults',
    '--oneofs',
    '--includeComments',
    '--importFileExtension=.ts',
    '--grpcLib=@grpc/grpc-js',
    `-I=${protos}`,
    `-O=${out}`,
    ...listProtos(protos),
  ],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
