import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { IMAGE_NODE, layOutImage } from '../build/image-root.ts';
import { ROOT } from '../project.ts';
import { APP_DIR } from './variants.ts';

export interface Size {
  /** The parts of the image on `scratch`, compressed. */
  readonly layers: readonly { readonly name: string; readonly bytes: number }[];
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly figures: {
    /** The JavaScript. */
    readonly bundle_bytes: number;
    /** The application in the image. */
    readonly image_bytes: number;
    /** The whole image on `scratch`, each file compressed by gzip as in a layer. */
    readonly compressed_image_bytes: number;
    readonly production_packages: number;
  };
}

/** Sizes of the built application, and the production packages of the lock file, each once however often it is there. */
export function measureSize(): Size {
  const files = readdirSync(APP_DIR, { recursive: true, encoding: 'utf8' })
    .map((name) => ({ name, stat: statSync(path.join(APP_DIR, name)) }))
    .filter(({ name, stat }) => stat.isFile() && !name.endsWith('.map')) // source maps stay out of the image
    .map(({ name, stat }) => ({ name, bytes: stat.size }));
  const layers = measureLayers();
  const sum = (of: readonly { readonly bytes: number }[]): number => of.reduce((total, { bytes }) => total + bytes, 0);
  const figures = {
    bundle_bytes: sum(files.filter(({ name }) => /\.[cm]?js$/.test(name))),
    image_bytes: sum(files),
    compressed_image_bytes: sum(layers),
    production_packages: countProductionPackages(),
  };
  return { files, layers, figures };
}

/** The image's files, compressed: Node, its libraries, ours. */
function measureLayers(): Size['layers'] {
  const outDir = path.join(ROOT, 'dist/bench/image');
  layOutImage({ appDir: APP_DIR, outDir, isWhole: true });
  const files = readdirSync(outDir, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(outDir, name))
    .filter((file) => statSync(file).isFile());
  const compressed = (chosen: readonly string[]): number =>
    chosen.reduce((total, file) => total + gzipSync(readFileSync(file)).length, 0);
  const node = path.join(outDir, IMAGE_NODE);
  const ours = files.filter((file) => file.startsWith(path.join(outDir, 'app/')) || file.endsWith('/bi-cron'));
  const others = files.filter((file) => file !== node && !ours.includes(file));
  return [
    { name: 'Node, without symbols', bytes: compressed([node]) },
    { name: 'its libraries', bytes: compressed(others) },
    { name: 'ours', bytes: compressed(ours) },
  ];
}

interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly dev?: boolean; readonly devOptional?: boolean; readonly optional?: boolean }>
  >;
}

/** Entries of package-lock.json that are installed without the development dependencies. */
export function countProductionPackages(): number {
  const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as LockFile; // npm's lock file, version 3
  return Object.entries(packages).filter(
    ([place, { dev, devOptional, optional }]) => place !== '' && !dev && !devOptional && !optional,
  ).length;
}
