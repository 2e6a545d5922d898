import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../project.ts';
import { APP_DIR } from './variants.ts';

export interface Size {
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly figures: {
    /** The JavaScript. */
    readonly bundle_bytes: number;
    /** All that the image adds to its base. */
    readonly image_bytes: number;
    readonly production_packages: number;
  };
}

/** Sizes of the built application, and the production packages of the lock file, each once however often it is there. */
export function measureSize(): Size {
  const files = readdirSync(APP_DIR, { recursive: true, encoding: 'utf8' })
    .map((name) => ({ name, stat: statSync(path.join(APP_DIR, name)) }))
    .filter(({ name, stat }) => stat.isFile() && !name.endsWith('.map')) // source maps stay out of the image
    .map(({ name, stat }) => ({ name, bytes: stat.size }));
  const sum = (of: typeof files): number => of.reduce((total, { bytes }) => total + bytes, 0);
  const figures = {
    bundle_bytes: sum(files.filter(({ name }) => /\.[cm]?js$/.test(name))),
    image_bytes: sum(files),
    production_packages: countProductionPackages(),
  };
  return { files, figures };
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
