import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';

/** The licence texts of all packages in a bundle, as their licences ask of whoever passes them on. */
export function listLicences(root: string, { inputs }: Metafile): string {
  const folders = new Set(Object.keys(inputs).flatMap(packageFolder));
  return [...folders]
    .toSorted()
    .map((folder) => describe(path.join(root, folder)))
    .join('\n\n');
}

/** `node_modules/@grpc/grpc-js` of a file in it. */
function packageFolder(file: string): string[] {
  const match = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file);
  return match === null ? [] : [match[0]];
}

function describe(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Record<
    string,
    string
  >; // npm's own fields
  const file = readdirSync(folder).find((entry) => /^(?:licen[cs]e|copying)/i.test(entry));
  const text =
    file === undefined ? '(no licence file in the package)' : readFileSync(path.join(folder, file), 'utf8').trim();
  return `${'='.repeat(80)}\n${name} ${version}, ${license}\n${'='.repeat(80)}\n${text}`;
}
