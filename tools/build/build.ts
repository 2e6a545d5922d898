import { readdirSync, readFileSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { build, type BuildOptions as EsbuildOptions, type Metafile } from 'esbuild';
import { compiledProtos } from './compiled-protos-plugin.ts';
import { bundledTasks, lazyBuiltins, quickNet, unusedModules } from './bundle-plugins.ts';

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

export interface CliBuildOptions {
  /** The repository's folder. */
  readonly root: string;
  /** Where the application is; an absolute path. */
  readonly outDir: string;
  /** Where it will be when it runs, and the Node that runs it there; here, and this one, when missing. */
  readonly runDir?: string;
  readonly node?: string;
}

/**
 * Bundles the command line of the image beside its application: `cli.cjs`, which `main.cjs` runs when the container is given
 * a command, the executable `bi-cron`, which may lie in any folder of the PATH, and the licences of what is bundled. The
 * functions load none of it.
 */
export async function buildCli({
  root,
  outDir,
  runDir = outDir,
  node = process.execPath,
}: CliBuildOptions): Promise<void> {
  const bundle = path.join(outDir, 'cli.cjs');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['tools/cli/image-command.ts'],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    legalComments: 'none', // licences are in their own file
    logLevel: 'warning',
    metafile: true,
    define: { 'import.meta.main': 'false', 'import.meta.dirname': '__dirname' },
    plugins: [bundledTasks(root), compiledProtos(path.join(root, 'protos')), unusedModules()],
  });
  await writeFile(path.join(outDir, 'LICENSES-cli.txt'), listLicences(root, metafile));
  const executable = path.join(outDir, 'bi-cron');
  const script = `#!${node}\nimport(${JSON.stringify(path.join(runDir, 'cli.cjs'))});\n`; // right in either kind of module: a file without an extension is what its folder says
  await writeFile(executable, script);
  await chmod(executable, 0o755);
}

/** The licence texts of all packages in a bundle, which their licences require of a redistribution. */
function listLicences(root: string, { inputs }: Metafile): string {
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
