import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

/** A file of the page, by its URL path. */
export interface Asset {
  readonly contentType: string;
  readonly body: Uint8Array;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Bundles the page in memory. */
export async function buildAssets(): Promise<ReadonlyMap<string, Asset>> {
  const page = path.join(import.meta.dirname, 'page');
  const { outputFiles } = await build({
    absWorkingDir: page,
    entryPoints: { app: 'main.tsx', theme: 'apply-theme.ts', style: 'styles/index.css' },
    outdir: '/',
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2023',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
  });
  const files = outputFiles.map(({ path: file, contents }) => [`/${path.basename(file)}`, contents] as const);
  const fixed = await Promise.all(
    ['index.html', 'favicon.svg'].map(async (name) => [`/${name}`, await readFile(path.join(page, name))] as const),
  );
  const assets = new Map([...files, ...fixed].map(([name, body]) => [name, toAsset(name, body)]));
  const index = assets.get('/index.html');
  if (index !== undefined) assets.set('/', index);
  return assets;
}

function toAsset(name: string, body: Uint8Array): Asset {
  return { contentType: CONTENT_TYPES[path.extname(name)] ?? 'application/octet-stream', body };
}
