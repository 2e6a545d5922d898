import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { build, type BuildOptions as EsbuildOptions, type Metafile } from 'esbuild';
import { compiledProtos } from './compiled-protos-plugin.ts';
import { lazyBuiltins, quickNet, unusedModules } from './bundle-plugins.ts';
import { listLicences } from './licences.ts';

export interface BuildOptions {
  /** The repository's folder. */
  readonly root: string;
  /** Where the application goes; emptied first. */
  readonly outDir: string;
}

/**
 * Bundles what the image runs: `app.js` with the host, the runtime and every task in `functions/`, each task evaluated only
 * when FUNCTION_TARGET names it, and `main.cjs`, which loads it. Beside them the root certificates of this Node and the
 * licences of what is bundled.
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
    plugins: [compiledProtos(path.join(root, 'protos')), lazyBuiltins(), quickNet(), unusedModules()],
    define: { WebAssembly: 'undefined' }, // only package long asks for it, to multiply faster: V8 takes 9 ms to get it ready, long does without
    banner: { js: '(function(exports,require,module,__filename,__dirname){' }, // loader.ts calls it; joining the text there would copy it
    footer: { js: '})' },
  });
  const loader = path.join(import.meta.dirname, 'loader.ts');
  await build({ ...common, entryPoints: [loader], outfile: path.join(outDir, 'main.cjs') });
  await writeFile(path.join(outDir, 'roots.pem'), `${rootCertificates.join('\n')}\n`);
  await writeFile(path.join(outDir, 'LICENSES.txt'), listLicences(root, metafile));
  return metafile;
}
