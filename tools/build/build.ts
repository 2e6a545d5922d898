import { rm } from 'node:fs/promises';
import path from 'node:path';
import { build, type Metafile } from 'esbuild';
import { compiledDescriptors } from './descriptors-plugin.ts';

export interface BuildOptions {
  /** The repository's folder. */
  readonly root: string;
  /** Where the application goes; emptied first. */
  readonly outDir: string;
}

/**
 * Bundles what the image runs: one `main.mjs` with the host, the runtime and every task in `functions/`, each task
 * evaluated only when FUNCTION_TARGET names it.
 */
export async function buildApp({ root, outDir }: BuildOptions): Promise<Metafile> {
  await rm(outDir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: 'functions/runtime/host/main.ts' },
    outdir: outDir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    keepNames: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    plugins: [compiledDescriptors(path.join(root, 'protos'))],
    banner: { js: "import{createRequire as $r}from'node:module';const require=$r(import.meta.url);" }, // for the CommonJS packages in the bundle
  });
  return metafile;
}
