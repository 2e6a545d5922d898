import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Source files by their path from the repository's root, each with what it imports: such paths, or `npm:name`. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

const SOURCE = /\.(?:ts|tsx|mjs|cjs)$/;
const FOLDERS = ['functions', 'tools', 'test', 'knative', '.ci'];
/** Statements as the formatter writes them, types and re-exports too; what a template text holds leads to no file and is left out. */
const IMPORTS = [
  /^(?:import|export)\b[^;'"]*?\bfrom '([^']+)'/gm,
  /^import '([^']+)'/gm,
  /\bimport\(\s*'([^']+)'\s*\)/g,
  /\brequire\('([^']+)'\)/g,
];

/** Every source file of the repository, whether it is committed yet or not. */
export function readImportGraph(root: string): ImportGraph {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => path.posix.join(folder, file))
      .filter((file) => SOURCE.test(file)),
  );
  const known = new Set(files);
  const isThere = (target: string): boolean => known.has(target) || /^(?:npm:|protos\/gen\/)/.test(target);
  return new Map(
    files
      .toSorted()
      .map((file) => [file, importsOf(file, readFileSync(path.join(root, file), 'utf8')).filter(isThere)]),
  );
}

/** What a text imports; a relative path is given from the root. */
export function importsOf(file: string, text: string): string[] {
  const specifiers = IMPORTS.flatMap((pattern) => [...text.matchAll(pattern)].map(([, specifier = '']) => specifier));
  return [...new Set(specifiers)].map((specifier) =>
    specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : `npm:${specifier}`,
  );
}
