import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface ImageRootOptions {
  /** The built application with its command line. */
  readonly appDir: string;
  /** Where the image's files go, as they lie below `/`; emptied first. */
  readonly outDir: string;
  /** Whether the base is `scratch`: then also what `ldd` names, and how names are looked up. */
  readonly isWhole: boolean;
}

/** Where Node lies in the image: `bi-cron` and the entry point begin with it, since there is no shell and no env. */
export const IMAGE_NODE = '/usr/local/bin/node';

/** What of the application the image holds; no source map. */
const APP_FILES = [
  'main.cjs',
  'app.js',
  'app.cache',
  'roots.pem',
  'LICENSES.txt',
  'cli.cjs',
  'LICENSES-cli.txt',
] as const;
/** Debian's packages of the libraries that Node needs. */
const LIBRARY_PACKAGES = ['libc6', 'libgcc-s1', 'libstdc++6'];

/** Lays out all that the image adds to its base: Node, our files, and for `scratch` the libraries. Nothing else is in it. */
export function layOutImage({ appDir, outDir, isWhole }: ImageRootOptions): void {
  rmSync(outDir, { recursive: true, force: true });
  const makeRoomFor = (target: string, mode = 0o444): string => {
    const file = path.join(outDir, target);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '');
    chmodSync(file, mode | 0o200);
    return file;
  };
  const node = makeRoomFor(IMAGE_NODE, 0o555);
  writeFileSync(node, withoutSymbols(readFileSync(process.execPath)));
  for (const name of APP_FILES) copyFileSync(path.join(appDir, name), makeRoomFor(`/app/${name}`));
  copyFileSync(path.join(appDir, 'bi-cron'), makeRoomFor('/usr/local/bin/bi-cron', 0o555));
  if (!isWhole) return;
  for (const library of listLibraries(process.execPath)) copyFileSync(library, makeRoomFor(library, 0o555));
  writeFileSync(makeRoomFor('/etc/nsswitch.conf'), 'hosts: files dns\n'); // without it glibc asks DNS before /etc/hosts
  for (const name of LIBRARY_PACKAGES) {
    const copyright = `/usr/share/doc/${name}/copyright`;
    copyFileSync(copyright, makeRoomFor(copyright));
  }
}

/** The shared libraries and the loader that `ldd` names, by the paths under which they are looked for. */
function listLibraries(binary: string): string[] {
  const lines = execFileSync('ldd', [binary], { encoding: 'utf8' });
  return [...lines.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, file = '']) => file);
}

/**
 * An ELF file (64 bit, little endian) up to the end of its last loaded segment: what lies behind, symbols and debug sections, is
 * only for debuggers. The same that strip of binutils leaves, which no Node image has. 18 MB of Node's 127.
 */
export function withoutSymbols(binary: Buffer): Buffer {
  if (binary.readUInt32BE(0) !== 0x7f_45_4c_46 || binary[4] !== 2 || binary[5] !== 1)
    throw new Error('node: expected a 64-bit little-endian ELF file');
  const [table, size, count] = [Number(binary.readBigUInt64LE(32)), binary.readUInt16LE(54), binary.readUInt16LE(56)];
  const segments = Array.from({ length: count }, (_, index) => table + index * size);
  const ends = segments
    .filter((at) => binary.readUInt32LE(at) === 1) // PT_LOAD
    .map((at) => Number(binary.readBigUInt64LE(at + 8)) + Number(binary.readBigUInt64LE(at + 32)));
  const kept = Buffer.from(binary.subarray(0, Math.max(...ends)));
  kept.writeBigUInt64LE(0n, 40); // no section headers: e_shoff, e_shnum, e_shstrndx
  kept.writeUInt16LE(0, 60);
  kept.writeUInt16LE(0, 62);
  return kept;
}
