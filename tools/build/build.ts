import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type BuildOptions as EsbuildOptions, type Metafile } from 'esbuild';
import { compiledDescriptors } from './descriptors-plugin.ts';
import { lazyZlib } from './lazy-zlib-plugin.ts';
import { unusedModules } from './unused-modules-plugin.ts';
import { listLicences } from './licences.ts';

export interface BuildOptions {
  /** The repository's folder. */
  readonly root: string;
  /** Where the application goes; emptied first. */
  readonly outDir: string;
}

/** What `node` is given to run the application in its folder, and so the end of the image's entry point. */
export const APP_ARGUMENTS = [
  '--min-semi-space-size=16', // MB; fewer scavenges while modules load. Most other V8 flags make Node reject its own code cache
  'main.cjs',
] as const;

/**
 * Bundles what the image runs: `app.js` with the host, the runtime and every task in `functions/`, each task evaluated only
 * when FUNCTION_TARGET names it, and `main.cjs`, which loads it. Beside them the licences of what is bundled.
 */
export async function buildApp({ root, outDir }: BuildOptions): Promise<Metafile> {
  await rm(outDir, { recursive: true, force: true });
  const common = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs', // an ES module that imports node:http reads its every export, and so loads undici: 42 ms
    minify: true,
    legalComments: 'none', // licences are in their own file
    logLevel: 'warning',
  } as const satisfies EsbuildOptions;
  const { metafile } = await build({
    ...common,
    entryPoints: ['functions/runtime/host/main.ts'],
    outfile: path.join(outDir, 'app.js'),
    sourcemap: 'external',
    metafile: true,
    plugins: [compiledDescriptors(path.join(root, 'protos')), lazyZlib(), unusedModules()],
    banner: { js: '(function(exports,require,module,__filename,__dirname){' }, // loader.ts calls it; joining the text there would copy it
    footer: { js: '})' },
  });
  const loader = path.join(import.meta.dirname, 'loader.ts');
  await build({ ...common, entryPoints: [loader], outfile: path.join(outDir, 'main.cjs') });
  await writeFile(path.join(outDir, 'LICENSES.txt'), listLicences(root, metafile));
  return metafile;
}
